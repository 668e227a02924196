import MarkedYAML
public import RunOutputs

extension Layout {
    /// Reads a layout file.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    /// - Returns: The layout.
    /// - Throws: ``PlanRejected`` with all problems, sorted by place.
    public static func read(_ bytes: some Collection<UInt8>, file: String) throws(PlanRejected) -> Layout {
        let (layout, diagnostics) = checked(bytes, file: file)
        guard let layout else { throw PlanRejected(diagnostics, in: file, bytes) }
        return layout
    }

    /// Reads a layout file, and tells the warnings too.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    /// - Returns: The layout unless there are errors, and all problems, sorted by place.
    public static func checked(
        _ bytes: some Collection<UInt8>, file: String
    ) -> (layout: Layout?, diagnostics: [Diagnostic]) {
        let (root, log) = readMapping(bytes, .mapping(LayoutShape.layout), file: file, what: "a layout")
        guard let root else { return (nil, log.diagnostics) }
        let layout = Layout(trusting: root)
        var check = LayoutCheck(root: root, layout: layout, log: log)
        check.run()
        return (check.log.hasErrors ? nil : layout, check.log.inOrder)
    }
}
