import FoundationEssentials
import LocalFiles
import RunOutputs
import SystemPackage

/// A hidden directory in the output directory, in which everything is extracted before anything is put in place.
///
/// ```
/// .therock-fetch/lock      keeps a second fetch into the same output directory away
///                new/NAME  what is extracted of an artifact
///                done/NAME says that it is complete
///                placing   says that everything is being put in place, and what
///                old/      what was replaced, until all is in place
/// ```
///
/// What was extracted completely waits there for the next fetch when this one fails or is killed. A fetch that was
/// killed while it put things in place is finished by the next one, before that does anything else.
final class StagingDirectory: Sendable {
    /// How artifacts take their places.
    enum Placement: String {
        /// Each has a directory of its own, instead of what has its name.
        case replace
        /// All become one tree with what is there.
        case join
        /// The same, but the artifacts' own directories take the place of what is there.
        case clearAndJoin = "clear"
    }

    /// What the output directory looks like when putting things in place has failed.
    enum Remains: Hashable {
        /// As before.
        case nothing
        /// A part is there, and the next fetch goes on.
        case part
    }

    /// Why things could not be put in place.
    struct Failure: Error {
        var error: StoreError
        var remains: Remains
    }

    /// Its name in the output directory.
    static let name = ".therock-fetch"

    /// The output directory.
    private let output: String
    /// The hidden directory.
    private let path: String
    private let lock: Descriptor

    /// Makes the directory, and the output directory if it is missing.
    ///
    /// - Parameter output: The output directory.
    /// - Throws: ``StoreError`` if it cannot be made, or another fetch is under way in it.
    init(in output: String) throws(StoreError) {
        self.output = output
        path = "\(output)/\(Self.name)"
        let place = try DestinationPlace(of: ExactString("\(Self.name)/lock"), in: output, synchronizes: false)
        do throws(Errno) {
            lock = try place.directory.open(place.name, [.readWrite, .create, .noFollow], mode: 0o600)
            try lock.lock(waits: false)
        } catch {
            throw error == .wouldBlock
                ? StoreError(.destination, "another fetch is under way in \(output)", hint: "wait until it is done")
                : StoreError(destination: error)
        }
    }

    /// Makes an empty directory for an artifact.
    ///
    /// - Parameter name: The artifact's name.
    /// - Returns: The directory's path.
    /// - Throws: ``StoreError`` if it cannot be made.
    func directory(for name: String) throws(StoreError) -> String {
        let directory = self.directory(name)
        remove(note(name))
        remove(directory)
        _ = try DestinationPlace(of: ExactString("new/\(name)/x"), in: path, synchronizes: false)
        return directory
    }

    /// Takes note that an artifact is extracted completely.
    ///
    /// - Throws: ``StoreError`` if the note cannot be written.
    func complete(_ name: String, _ note: StagingNote) throws(StoreError) {
        _ = try DestinationPlace(of: ExactString("done/\(name)"), in: path, synchronizes: false)
        guard LocalPath.write(note.text, to: self.note(name)) else {
            throw StoreError(.destination, "no note of it can be written in \(path)", hint: "free space there")
        }
    }

    /// What is known of an artifact that an earlier fetch extracted completely and did not put in place.
    func note(of name: String) -> StagingNote? {
        guard LocalPath.exists(directory(name)),
            let bytes = LocalPath.contents(of: note(name))
        else { return nil }
        return StagingNote(String(decoding: bytes, as: UTF8.self))
    }

    private func directory(_ name: String) -> String { "\(path)/new/\(name)" }
    private func note(_ name: String) -> String { "\(path)/done/\(name)" }
    private var placingNote: String { "\(path)/placing" }
    private func remove(_ path: String) { LocalPath.remove(path) }

    /// Removes the directory and everything in it.
    func remove() { remove(path) }

    /// Removes the directory, unless something was extracted completely or is half in place.
    func leave() {
        guard !LocalPath.exists(placingNote) else { return }
        if removeUnfinished() == 0 { remove() }
    }

    /// Removes everything but what was extracted completely, and returns how many artifacts that is.
    @discardableResult private func removeUnfinished() -> Int {
        remove("\(path)/old")
        let names = LocalPath.names(in: "\(path)/new") ?? []
        let unfinished = names.filter { note(of: $0) == nil }
        for name in unfinished { remove(directory(name)) }
        return names.count - unfinished.count
    }
}

// MARK: - Putting in place

extension StagingDirectory {
    /// Lets artifacts appear in the output directory: all of them, or none.
    ///
    /// - Parameters:
    ///   - names: The artifacts' names, which are extracted completely.
    ///   - placement: How they take their places.
    ///   - overlaps: What it means that two of them hold different files under one path.
    /// - Returns: How many files two of them hold with equal contents.
    /// - Throws: ``Failure`` that names what is in the way.
    @discardableResult
    func place(_ names: [String], _ placement: Placement, _ overlaps: OverlapPolicy) throws(Failure) -> Int {
        do throws(StoreError) {
            let (staging, output) = try open()
            let plan = try plan(names, placement, overlaps, staging, output)
            var mover = TreeMover(from: staging, backup: Self.old, to: output)
            do throws(StoreError) {
                try carryOut(plan, names, placement, by: &mover)
            } catch {
                if mover.undo() { remove(placingNote) }
                throw error
            }
            return plan.equalFiles
        } catch {
            let isPart = LocalPath.exists(placingNote)
            throw Failure(error: error, remains: isPart ? .part : .nothing)
        }
    }

    /// Does what is planned, and takes note of how far that is.
    private func carryOut(
        _ plan: PlacementPlan, _ names: [String], _ placement: Placement, by mover: inout TreeMover
    ) throws(StoreError) {
        if placement == .clearAndJoin {
            try begin(names, placement)
            try mover.carryOut(plan.clearing)
        }
        // What is in place from now on must not be cleared by the fetch that goes on.
        try begin(names, placement == .clearAndJoin ? .join : placement)
        try mover.carryOut(plan.actions)
    }

    /// Takes note that artifacts are being put in place.
    func begin(_ names: [String], _ placement: Placement) throws(StoreError) {
        let note = ([SystemStart.id, placement.rawValue] + names).map { $0 + "\n" }.joined() + "end\n"
        guard LocalPath.write(note, to: placingNote) else {
            throw StoreError(.destination, "\(placingNote) cannot be written", hint: "free space there")
        }
    }

    /// Ends what an earlier fetch began, and removes what it left unfinished.
    ///
    /// - Returns: What is known of the artifacts that were put in place, by their names.
    /// - Throws: ``Failure`` if it cannot be ended.
    func recover() throws(Failure) -> [String: StagingNote] {
        defer { removeUnfinished() }
        guard let bytes = LocalPath.contents(of: placingNote) else { return [:] }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        // One that was cut off was written before anything was moved.
        guard lines.count > 2, lines.last == "end", lines[0] == SystemStart.id,
            let placement = Placement(rawValue: lines[1])
        else {
            remove(placingNote)
            return [:]
        }
        let names = Array(lines[2..<(lines.count - 1)])
        var notes: [String: StagingNote] = [:]
        for name in names {
            let text = LocalPath.contents(of: note(name)).map { String(decoding: $0, as: UTF8.self) }
            notes[name] = text.flatMap { StagingNote($0) }
        }
        do throws(StoreError) {
            let (staging, output) = try open()
            var mover = TreeMover(from: staging, backup: Self.old, to: output)
            try carryOut(plan(names, placement, .last, staging, output), names, placement, by: &mover)
        } catch {
            var error = error
            error.message = "an earlier fetch was interrupted while it put artifacts in place: \(error.message)"
            throw Failure(error: error, remains: .part)
        }
        for name in names {
            remove(note(name))
            remove(directory(name))
        }
        remove(placingNote)
        return notes
    }

    /// Opens both directories, with an empty one for what is replaced.
    func open() throws(StoreError) -> (staging: Descriptor, output: Descriptor) {
        remove("\(path)/old")
        do throws(Errno) {
            let output = try Descriptor.open(path: output, [.pathOnly, .directory])
            let staging = try Descriptor.open(path: path, [.pathOnly, .directory])
            try staging.makeDirectory(Self.old)
            return (staging, output)
        } catch {
            throw StoreError(inTheWay: [], error)
        }
    }

    /// The name of the directory for what is replaced.
    static let old: [CChar] = Array("old".utf8CString)
    private static let new: [CChar] = Array("new".utf8CString)

    /// Works out what is to be done to put artifacts in place.
    func plan(
        _ names: [String], _ placement: Placement, _ overlaps: OverlapPolicy, _ staging: Descriptor,
        _ output: Descriptor
    ) throws(StoreError) -> PlacementPlan {
        var plan = PlacementPlan(from: staging, to: output, overlaps: overlaps)
        if placement == .clearAndJoin {
            for base in Set(names.flatMap { note(of: $0)?.bases ?? [] }) { try plan.clear(base) }
        }
        for name in names {
            // What is missing is in place already.
            guard LocalPath.exists(directory(name)) else { continue }
            let from = [Self.new, Array(name.utf8CString)]
            if placement != .replace {
                try plan.join(from, undecided: note(of: name)?.undecidedLinks ?? [])
            } else {
                try plan.replace(by: from)
            }
        }
        try plan.checkLinks()
        return plan
    }
}

/// What is known of an artifact that was extracted completely and waits to be put in place.
struct StagingNote: Hashable {
    /// What tells the archive and how it was extracted from all others, in one line.
    var version: String
    /// What the archive was verified by.
    var evidence: DownloadReceipt.Evidence
    /// How many bytes of content were extracted.
    var byteCount: Int64
    /// The links that were left out.
    var skippedLinks: [SkippedLink]
    /// Symlinks that go up behind a name, by their paths: where they lead depends on what else is put in place.
    var undecidedLinks: [MemberPath]
    /// The directories of the artifact that take the place of what is there.
    var bases: [MemberPath] = []

    /// The end of a note: one without it was cut off.
    private static let end = "end\n"
}

extension StagingNote {
    /// A line of the note that is about one link or directory.
    private struct Line: Codable {
        var path: [UInt8]
        var target: String?
        var isBase: Bool?
    }

    /// Reads what ``text`` wrote; `nil` if it was cut off, or is of another start of the system, which may have lost
    /// what was not on the disk yet.
    init?(_ text: String) {
        guard text.hasSuffix("\n" + Self.end) else { return nil }
        let lines = text.dropLast(Self.end.count + 1).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[0] == SystemStart.id, let evidence = Evidence(rawValue: String(lines[1])),
            let byteCount = Int64(lines[2])
        else { return nil }
        self.init(
            version: String(lines[3]), evidence: evidence, byteCount: byteCount, skippedLinks: [], undecidedLinks: [])
        for text in lines.dropFirst(4) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)),
                let path = try? MemberPath(line.path)
            else { return nil }
            if line.isBase == true {
                bases.append(path)
            } else if let target = line.target {
                skippedLinks.append(SkippedLink(path: String(decoding: line.path, as: UTF8.self), target: target))
            } else {
                undecidedLinks.append(path)
            }
        }
    }

    private typealias Evidence = DownloadReceipt.Evidence

    /// The note as a file holds it.
    var text: String {
        let lines =
            skippedLinks.map { Line(path: Array($0.path.utf8), target: $0.target) }
            + undecidedLinks.map { Line(path: $0.bytes, target: nil) }
            + bases.map { Line(path: $0.bytes, target: nil, isBase: true) }
        let links = lines.map { line in
            let data = try? JSONEncoder().encode(line)
            return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "\n"
        }
        let head = "\(SystemStart.id)\n\(evidence.rawValue)\n\(byteCount)\n\(version)\n"
        return head + links.joined() + Self.end
    }
}

/// What tells one start of the system from another.
enum SystemStart {
    /// The kernel's random number; empty where it tells none.
    static let id: String = {
        let bytes = LocalPath.contents(of: "/proc/sys/kernel/random/boot_id") ?? []
        return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }()
}
