import ArgumentParser
import FoundationEssentials
import LocalFiles
import RunLifetime
import RunOutputs
import SystemPackage
import UploadExecution
import UploadPlanning

/// Reads back the report of batch jobs, and compares it with their manifests.
struct BatchVerification {
    /// The directory with `manifest.json` of the report and its files, as they were downloaded.
    var report: String
    /// The directory that `--batch` wrote; `nil` if only the report is looked at.
    var batch: String?

    private struct Manifest: Decodable {
        struct Result: Decodable {
            var key: String
            var md5: String
            private enum CodingKeys: String, CodingKey {
                case key = "Key"
                case md5 = "MD5Checksum"
            }
        }
        var format: String
        var results: [Result]
        private enum CodingKeys: String, CodingKey {
            case format = "Format"
            case results = "Results"
        }
    }

    /// The most bytes of a file of a report or a manifest.
    private static let limit = 4 << 30
    private static let format = "Report_CSV_20180820"

    /// Compares, and tells what came of it.
    ///
    /// - Parameter output: Where it is told.
    /// - Returns: The exit code that tells it, or `nil` for success.
    /// - Throws: ``WrongInput`` if a file cannot be read, or is not what it should be.
    func run(_ output: Output) throws -> ExitCode? {
        var succeeded: Set<OutputLocation> = []
        var failures = FailureGroups(style: output.style)
        var failed: Set<OutputLocation> = []
        for manifest in try manifests() {
            for result in manifest.results {
                try forEachLine(of: file(result)) { line throws(InvalidInventory) in
                    let task = try BatchReportLine(line)
                    if task.isSuccess {
                        succeeded.insert(task.location)
                    } else if failed.insert(task.location).inserted {
                        failures.add(StoreError(.other, task.problem), of: task.location.s3URI)
                    }
                }
            }
        }
        // A job that was created again may have done what failed before.
        failed.subtract(succeeded)
        var missing: [OutputLocation] = []
        if let batch {
            for name in (LocalPath.names(in: batch) ?? []).sorted() where name.hasSuffix(".csv") {
                try forEachLine(of: "\(batch)/\(name)") { line throws(InvalidInventory) in
                    let location = try BatchManifestLine.location(line)
                    if !succeeded.contains(location), !failed.contains(location) { missing.append(location) }
                }
            }
        }
        if !failed.isEmpty { output.text(failures.render()) }
        for location in missing.prefix(10) { output.text("  - \(location.s3URI.printable)  not in any report\n") }
        if missing.count > 10 { output.text("  … and \(missing.count - 10) more\n") }
        output.text(
            "Reported \(succeeded.count.counted("object")) as done · \(failed.count) failed"
                + (batch == nil ? "" : " · \(missing.count) not reported") + ".\n")
        if succeeded.isEmpty, failed.isEmpty { throw WrongInput.message("the report tells of no object") }
        return failed.isEmpty && missing.isEmpty ? nil : ToolExit.conflict
    }

    /// The manifests of reports in the directory, or in directories of jobs in it.
    private func manifests() throws -> [Manifest] {
        let places = [report] + (LocalPath.names(in: report) ?? []).sorted().map { "\(report)/\($0)" }
        let paths = places.map { "\($0)/manifest.json" }.filter { LocalPath.exists($0) }
        guard !paths.isEmpty else {
            throw WrongInput.message("'\(report.printable)' holds no manifest.json of a report")
        }
        return try paths.map { path in
            guard let bytes = LocalPath.contents(of: path),
                let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes))
            else { throw WrongInput.message("'\(path.printable)' is not the manifest of a report") }
            guard manifest.format == Self.format else {
                throw WrongInput.message(
                    "'\(path.printable)' is of the format '\(manifest.format.printable)', expected \(Self.format)")
            }
            return manifest
        }
    }

    /// Finds a file of the report, and makes sure that it is whole.
    private func file(_ result: Manifest.Result) throws -> String {
        let name = result.key.split(separator: "/").last.map(String.init) ?? result.key
        let jobs = (LocalPath.names(in: report) ?? []).sorted()
        let places =
            ["\(report)/\(name)", "\(report)/results/\(name)"] + jobs.map { "\(report)/\($0)/results/\(name)" }
        guard let path = places.first(where: { LocalPath.exists($0) }) else {
            throw WrongInput.message("the report's file \(result.key.printable) is not there: download it too")
        }
        let bytes = try read(path)
        guard bytes.md5 == result.md5.lowercased() else {
            throw WrongInput.message("'\(path.printable)' is damaged: its MD5 is not that of the report's manifest")
        }
        return path
    }

    private func read(_ path: String) throws -> [UInt8] {
        do throws(Errno) {
            return try SmallFile.read(path, limit: Self.limit)
        } catch {
            throw WrongInput.message("cannot read '\(path.printable)': \(error)")
        }
    }

    private func forEachLine(
        of path: String, _ body: (ArraySlice<UInt8>) throws(InvalidInventory) -> Void
    ) throws {
        for line in try read(path).split(separator: UInt8(ascii: "\n")) {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            do {
                if !line.isEmpty { try body(line) }
            } catch {
                throw WrongInput.message("'\(path.printable)': \(error.problem)")
            }
        }
    }
}
