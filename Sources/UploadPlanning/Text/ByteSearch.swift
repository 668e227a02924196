extension [UInt8] {
    /// Whether the file holds some bytes.
    func holds(_ word: String.UTF8View) -> Bool {
        let (bytes, word) = (self, Array(word))
        guard let first = word.first, bytes.count >= word.count else { return word.isEmpty }
        var start = 0
        while start <= bytes.count - word.count {
            if bytes[start] == first, bytes[start..<(start + word.count)].elementsEqual(word) { return true }
            start += 1
        }
        return false
    }
}
