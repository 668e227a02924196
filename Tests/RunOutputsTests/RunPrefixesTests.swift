import Foundation
import MarkedYAML
import RunOutputs
import Testing

@Suite("The run that an object belongs to")
struct RunPrefixesTests {
    @Test(
        "TheRock's runs are found, with and without a repository before them",
        arguments: [
            ("123-linux/a", "123-linux"), ("123-windows/logs/x/y", "123-windows"), ("local-linux/a", "local-linux"),
            ("ROCm-rocm-libraries/9-linux/a/b", "ROCm-rocm-libraries/9-linux"), ("123-macos/a", nil),
            ("123-linux", nil),
            ("tmp/a", nil), ("a", nil), ("", nil), ("tmp/123-linux/a", nil), ("/123-linux/a", nil),
        ] as [(String, String?)])
    func builtIn(key: String, prefix: String?) { #expect(RunPrefixes(.builtIn).prefix(of: key) == prefix) }

    @Test("Prefixes of several segments, of choices, and with paths")
    func others() throws {
        let text = """
            version: 1
            name: t
            run:
              prefix:
                - {when: {release_type: release}, path: "releases/${version}/${platform}"}
                - {path: "nightly/${branch}/runs/${run_id}"}
              arguments:
                run_id: {identifies_run: true}
                version: {}
                branch: {one_segment: false}
                platform: {one_of: [linux, macos]}
            terms:
              root: {directory: ""}
            """
        let prefixes = RunPrefixes(Layout(trusting: try #require(try Node.parse(Array(text.utf8)))))
        #expect(prefixes.prefix(of: "releases/1.2/macos/lib/a") == "releases/1.2/macos")
        #expect(prefixes.prefix(of: "nightly/users/me/runs/7/runs/8") == "nightly/users/me/runs/7")
        #expect(prefixes.prefix(of: "releases/1.2/bsd/lib/a") == nil)
        #expect(prefixes.longest == 5)
    }

    @Test(
        "Dates are those of the Gregorian calendar",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600), ("1969-12-31T23:59:59Z", -1),
            ("2026-11-26T00:05:00Z", 1_795_651_500), ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] as [(String, Int64)])
    func seconds(text: String, seconds: Int64) throws {
        #expect(try UTCTimestamp(text).secondsSince1970 == seconds)
        #expect(UTCTimestamp.date(secondsSince1970: seconds) == String(text.prefix(10)))
    }
}
