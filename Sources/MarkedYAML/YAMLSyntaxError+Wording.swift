extension YAMLSyntaxError {
    func inOurWords(for source: SourceText) -> YAMLSyntaxError {
        self
    }
}
