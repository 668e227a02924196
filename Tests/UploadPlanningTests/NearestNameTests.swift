import Testing

@testable import UploadPlanning

@Suite("Nearest names")
struct NearestNameTests {
    @Test(
        "A misspelled word finds what was meant",
        arguments: [
            ("form", "from"), ("inlcude", "include"), ("log_dri", "log_dir"), ("LOG_DIR", "log_dir"),
            ("log-dir", "log_dir"), ("artifact_groups", "artifact_group"),
        ])
    func found(word: String, expected: String) {
        let known = ["from", "include", "log_dir", "artifact_group"]
        #expect(word.nearestName(in: known) == NearestName(name: expected, isCertain: true))
    }

    @Test("A word that is far from all finds nothing", arguments: ["compress", "a", "to", "s3-bucket", ""])
    func nothing(word: String) {
        #expect(word.nearestName(in: ["from", "include", "at", "log_dir"]) == nil)
    }

    @Test("Two letters of difference, or two equally near names, are a guess")
    func uncertain() {
        #expect("tar.bz2".nearestName(in: ["tar.gz"])?.isCertain == false)
        #expect("stagea".nearestName(in: ["stage1", "stage2"]) == NearestName(name: "stage1", isCertain: false))
    }
}
