public import RunOutputs
public import UploadPlanning

/// The parts of an index page.
struct IndexPage {
    private let title: String
    private let parent: String?
    private let bucket: String
    private let directory: String

    init(_ recipe: IndexRecipe, at location: OutputLocation) {
        directory = location.key.text.directoryPath
        bucket = location.bucket
        parent = recipe.parent
        // A document without a title is none.
        title = recipe.title.allSatisfy(\.isWhitespace) ? directory : recipe.title
    }

    var header: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <header>
        \(parent.map { "<nav><a href=\"\($0)\" rel=\"up\">Parent directory</a></nav>\n" as HTML })\
        <h1>\(title)</h1>
        <p>\(directory)/</p>
        </header>
        <main>

        """
    }

    var emptyList: HTML { "<p>No files.</p>\n" }

    func tableStart(_ objects: [IndexedObject]) -> HTML {
        // An unknown size makes the sum unknown, and none is shown.
        let sizes = objects.compactMap(\.size)
        let total: HTML? = sizes.count == objects.count ? ", \(sizes.reduce(0, +).byteText)" : nil
        return """
            <table>
            <caption>\(objects.count.counted("file"))\(total)</caption>
            <thead>
            <tr><th scope="col">Name</th><th scope="col">Size</th><th scope="col">Modified (UTC)</th></tr>
            </thead>
            <tbody>

            """
    }

    func row(_ object: IndexedObject) -> HTML {
        let name = object.location.key.text.relativePath(from: directory)
        let target = object.location.bucket == bucket ? name.percentEncodedPath : object.location.httpsURL
        return """
            <tr><th scope="row"><a href="\(target)">\(name)</a></th>\
            <td>\(object.size?.byteText ?? "—")</td>\
            <td>\(object.modified.map { time(UTCTime(nanosecondsSince1970: $0)) } ?? "—")</td></tr>

            """
    }

    var tableEnd: HTML { "</tbody>\n</table>\n" }

    var footer: HTML { "</main>\n</body>\n</html>\n" }

    private func time(_ time: UTCTime) -> HTML { "<time datetime=\"\(time.dateTime)\">\(time.minute)</time>" }
}

extension IndexPage {
    /// The page's style: light or dark as the reader prefers, and below 40 rem of width one file on two lines.
    ///
    /// All text has a contrast of at least 4.5 : 1 (WCAG 2, AA). The fixed table layout lets a browser show the first of
    /// 100,000 rows before it has read the last.
    static let style: HTML = """
        :root {
          color-scheme: light dark;
          --text: #1f2328; --muted: #59636e; --link: #0550ae; --line: #d1d9e0; --page: #ffffff; --stripe: #f3f5f8;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --text: #e6edf3; --muted: #9da7b3; --link: #79b8ff; --line: #30363d; --page: #0d1117; --stripe: #171d26;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; max-width: 72rem; padding: 1.5rem 1.25rem 4rem;
          font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
        }
        h1 { margin: .5rem 0 0; font-size: 1.5rem; line-height: 1.25; }
        h1, header p, th a { overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; }
        header p { margin: .25rem 0 1.5rem; color: var(--muted); }
        a { color: var(--link); text-underline-offset: .2em; }
        a:not(:hover) { text-decoration-color: transparent; }
        a:focus-visible { outline: 2px solid; outline-offset: 2px; border-radius: 2px; }
        nav a::before { content: "\\2191\\a0" / ""; }
        table { width: calc(100% + 1rem); margin-inline: -.5rem; table-layout: fixed; border-collapse: collapse; }
        caption { padding: 0 .5rem .5rem; color: var(--muted); text-align: start; }
        th, td { padding: .5rem; border-bottom: 1px solid var(--line); text-align: start; vertical-align: baseline; }
        th:nth-child(2) { width: 7rem; text-align: end; }
        th:nth-child(3) { width: 11rem; text-align: end; }
        td { text-align: end; color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
        thead th { color: var(--muted); font-size: .875rem; font-weight: 600; }
        tbody th { font: .9375rem/1.5 ui-monospace, monospace; }
        tbody tr:hover { background: var(--stripe); }
        @media (max-width: 40rem) {
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          table, caption, tbody { display: block; }
          table { width: auto; margin: 0; }
          caption { padding-inline: 0; }
          tbody tr { display: grid; grid-template-columns: auto auto; border-bottom: 1px solid var(--line); }
          tbody th { grid-column: 1 / -1; padding: .75rem 0 0; border: 0; }
          tbody th a { display: block; }
          tbody td { padding: .25rem 0 .75rem; border: 0; font-size: .875rem; }
          tbody td:nth-child(2) { text-align: start; }
          time::after { content: " UTC"; }
        }
        """
}

/// Makes index pages: HTML for people, and for `pip install --find-links`.
///
/// A page holds no script and refers to nothing but what it lists. The same objects give the same bytes.
public struct IndexPageMaker: IndexMaker {
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
