import MarkedYAML

/// Reads a file and compares it with its shape.
///
/// - Returns: The tree, if the text is YAML at all, and every difference from the shape.
func readMapping(
    _ bytes: some Collection<UInt8>, _ shape: Shape, file: String, what: String, runValueNames: [String] = []
) -> (root: Node?, log: DiagnosticLog) {
    var log = DiagnosticLog(file: file)
    do {
        guard let root = try Node.parse(bytes) else {
            let start = SourcePosition(line: 1, column: 1)
            log.error(.syntax, "the file is empty, and \(what) is expected", at: start..<start)
            return (nil, log)
        }
        var checker = ShapeChecker(log: log, runValueNames: runValueNames)
        checker.check(root, shape, what)
        return (root, checker.log)
    } catch {
        log.error(.syntax, error.problem, at: error.range) { diagnostic in
            if let context = error.context { diagnostic.note(context.message, at: context.range) }
        }
        return (nil, log)
    }
}
