import Testing
import UploadPlanning

@Suite("Media types by name")
struct ContentTypeTests {
    @Test(
        "are those of the last ending, in any case",
        arguments: [
            ("rocm-core_7.2.0_amd64.deb", "application/vnd.debian.binary-package"),
            ("rocm-core-7.2.0.x86_64.RPM", "application/x-rpm"), ("chart.webp", "image/webp"),
            ("font.woff2", "font/woff2"), ("plan.yaml", "application/yaml"), ("plan.yml", "application/yaml"),
            ("pyproject.toml", "application/toml"), ("events.jsonl", "application/jsonl"),
            ("a.tgz", "application/gzip"), ("a.tar.gz", "application/gzip"), ("a.txz", "application/x-xz"),
            ("build.log", "text/plain"), ("Index.HTML", "text/html"), (".log", "application/octet-stream"),
            ("a.unheard-of", "application/octet-stream"), ("a", "application/octet-stream"),
        ])
    func type(name: String, type: String) { #expect(ContentType.of(name) == type) }

    @Test("of compressed files are those of the compression", arguments: ["page.html.gz", "drawing.svgz"])
    func compressed(name: String) { #expect(ContentType.of(name) == "application/gzip") }
}
