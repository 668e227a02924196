import RunOutputs
import UploadPlanning

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
