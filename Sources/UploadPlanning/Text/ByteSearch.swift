extension [UInt8] {
    /// Whether some bytes stand anywhere in the file.
    func holds(_ word: String.UTF8View) -> Bool {
        let word = Array(word)
        guard count >= word.count else { return false }
        return (0...(count - word.count)).contains { start in
            self[start] == word[0] && word.indices.allSatisfy { self[start + $0] == word[$0] }
        }
    }
}
