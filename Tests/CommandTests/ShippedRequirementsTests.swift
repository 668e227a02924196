import Foundation
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

/// What TheRock's own scripts have uploaded, as it was recorded, and what the shipped files of requirements ask for.
@Suite("Shipped requirements and recorded runs")
struct ShippedRequirementsTests {
    /// The keys of each recorded run of a script, without those that failed.
    private static func recordedKeys(_ name: String) throws -> [[String]] {
        let recordings = try JSONSerialization.jsonObject(with: fixture("goldens/\(name).json"))
        return try #require(recordings as? [[String: Any]]).compactMap { recording in
            guard recording["exit_code"] as? Int == 0 else { return nil }
            return (recording["objects"] as? [[String: Any]])?.compactMap { $0["key"] as? String }
        }
    }

    /// What a run with these keys lacks.
    private static func missing(_ file: String, _ settings: [String: String], in keys: [String]) throws -> [String] {
        let bytes = try Data(contentsOf: Tool.repository.appending(path: "manifests/requirements/\(file).yaml"))
        let prefix = try #require(keys.first?.split(separator: "/").first)
        let root = try RunOutputRoot(bucket: "b", runID: String(prefix.dropLast("-linux".count)), platform: .linux)
        let required = try RunRequirements.read(bytes, file: file).bound(
            to: root, inputs: ParameterInputs(settings: settings))
        var search = RequirementsSearch(required, in: root)
        for key in keys.map({ ExactString($0) }).sorted() { search.see(key) }
        return search.missing { _ in "no receipt" }.map(\.name)
    }

    /// Whether a key is the manifest of an artifact group of a run without an external prefix.
    private static func isManifest(_ key: String) -> Bool {
        key.contains("-linux/manifests/") && key.split(separator: "/").count == 4
    }

    @Test("A build in one job leaves logs, pages and the manifest where the single-stage file looks for them")
    func singleStage() throws {
        var count = 0
        for keys in try Self.recordedKeys("A-post_build_upload") + Self.recordedKeys("C-post_build_upload") {
            guard let manifest = keys.first(where: Self.isManifest),
                keys.contains(where: { $0.contains("-linux/logs/") && !$0.hasSuffix("/index.html") })
            else { continue }
            let group = String(manifest.split(separator: "/")[2])
            let missing = try Self.missing("single-stage", ["artifact_group": group], in: keys)
            // The recorded trees hold few archives, and all else.
            #expect(missing.allSatisfy { $0.contains("_*_") }, "\(missing)")
            count += 1
        }
        #expect(count > 20)
    }

    @Test("A stage of a multi-arch build leaves its logs where the multi-arch file looks for them")
    func multiArch() throws {
        var count = 0
        for keys in try Self.recordedKeys("C-post_stage_upload") {
            guard let log = keys.first(where: { $0.contains("-linux/logs/math-libs/gfx") }) else { continue }
            let family = String(log.split(separator: "/")[3])
            let missing = try Self.missing("multi-arch", ["families": family], in: keys)
            #expect(!missing.contains("logs/math-libs/\(family)/"))
            #expect(missing.contains("blas_*_\(family).tar.zst") && missing.contains("logs/compiler-runtime/"))
            count += 1
        }
        #expect(count > 5)
    }
}
