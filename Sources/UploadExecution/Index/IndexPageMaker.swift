public import RunOutputs
public import UploadPlanning

/// Makes index pages: HTML for people, and for `pip install --find-links`.
///
/// A page holds no script and refers to nothing but what it lists. The same objects give the same bytes.
public struct IndexPageMaker: IndexMaker {
    /// Makes a maker.
    public init() {}

    /// Renders a page.
    ///
    /// - Parameters:
    ///   - recipe: The title and the parent link.
    ///   - destination: Where the page goes.
    ///   - objects: What it lists, in this order.
    /// - Returns: The page's bytes.
    /// - Throws: `CancellationError` when the task was cancelled.
    public func makeIndex(
        _ recipe: IndexRecipe, for destination: OutputLocation, listing objects: [IndexedObject]
    ) async throws -> [UInt8] {
        let page = IndexPage(recipe, at: destination)
        var html = page.header
        if objects.isEmpty {
            html += page.emptyList
        } else {
            html += page.tableStart(objects)
            for (index, object) in objects.enumerated() {
                if index.isMultiple(of: 1024) {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                html += page.row(object)
            }
            html += page.tableEnd
        }
        html += page.footer
        return html.bytes
    }
}
