import RunOutputs
import Testing

/// The proof that places are apart, against all values that there are over a small alphabet.
@Suite("Places of layouts, proven apart")
struct LayoutProofTests {
    /// Numbers that look random and are the same in every run (SplitMix64, https://prng.di.unimi.it/splitmix64.c).
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// The texts and values that layouts are drawn from: few, so that they meet often.
    static let words = ["a", "b", "ab", "a.b", "ba", "."]

    static func argument(_ name: String, _ generator: inout Generator) -> OutputArgument {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: OutputArgument(name: name, legalValues: ["a", "ab"])
        case 1: OutputArgument(name: name, mayBeEmpty: true)
        case 2: OutputArgument(name: name, kind: .path)
        case 3: OutputArgument(name: name, reserved: ["a", "b"])
        default: OutputArgument(name: name)
        }
    }

    /// Draws a term whose path has at most three segments.
    static func term(_ name: String, _ generator: inout Generator) -> OutputTerm {
        var arguments: [String: OutputArgument] = [:]
        var segments: [String] = []
        for index in 0..<Int.random(in: 0...3, using: &generator) {
            let word = words[Int.random(in: 0..<4, using: &generator)]
            let argument = Self.argument("x\(index)", &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1: segments.append(word)
            case 2 where !argument.mayBeEmpty:
                arguments[argument.name] = argument
                segments.append(
                    Bool.random(using: &generator) ? "\(word)${\(argument.name)}" : "${\(argument.name)}\(word)")
            default:
                arguments[argument.name] = argument
                segments.append("${\(argument.name)}")
            }
        }
        let isFile = !segments.isEmpty && Bool.random(using: &generator)
        return OutputTerm(
            name: name, kind: isFile ? .file : .directory,
            template: LayoutTemplate(segments.joined(separator: "/")), arguments: arguments)
    }

    /// All legal values of an argument that are made of `a`, `b` and `.` and are at most three characters long, with
    /// paths of two segments.
    static func values(of argument: OutputArgument) -> [String] {
        let letters = ["a", "b", "."]
        let short = letters + letters.flatMap { first in letters.map { first + $0 } }
        let long = short + letters.flatMap { first in short.map { first + $0 } }
        let all = argument.kind == .path ? long + short.flatMap { a in short.map { "\(a)/\($0)" } } : long
        return (argument.mayBeEmpty ? [""] : []) + all.filter { (try? argument.check($0)) != nil }
    }

    /// Every place of a term over these values, below the run's prefix.
    ///
    /// Places are put together here, which takes a hundredth of the time that ``RunOutputRoot`` needs to check every value
    /// again; some of them are compared with its own.
    ///
    /// - Parameters:
    ///   - term: The term.
    ///   - root: The run.
    ///   - known: The values of the arguments that were met before.
    /// - Returns: The keys.
    /// - Throws: If the layout refuses a value.
    static func places(
        of term: OutputTerm, in root: RunOutputRoot, _ known: inout [OutputArgument: [String]]
    ) throws -> Set<String> {
        let values = term.parameters.map { argument in
            let found = known[argument] ?? Self.values(of: argument)
            known[argument] = found
            return found
        }
        var choices: [[String]] = [[]]
        for options in values { choices = choices.flatMap { choice in options.map { choice + [$0] } } }
        let pieces = Self.pieces(of: term)
        var places: Set<String> = []
        for (index, choice) in choices.enumerated() {
            var key = root.prefix
            for segment in pieces {
                var text = ""
                for piece in segment { text += piece.argument.map { choice[$0] } ?? piece.text }
                if !text.isEmpty { key += "/" + text }
            }
            places.insert(key)
            guard index % 101 == 0 else { continue }
            let arguments = zip(term.parameters, choice).map { ($0.name, $1) }
            #expect(key == (try root.location(of: term, Dictionary(uniqueKeysWithValues: arguments)).key.text))
        }
        return places
    }

    /// The segments of a term's path: each is made of texts, and of arguments by their numbers.
    private static func pieces(of term: OutputTerm) -> [[(text: String, argument: Int?)]] {
        term.template.source.split(separator: "/").map { segment in
            guard let start = segment.firstRange(of: "${"), let end = segment.firstRange(of: "}") else {
                return [(String(segment), nil)]
            }
            let name = segment[start.upperBound..<end.lowerBound]
            let number = term.parameters.firstIndex { $0.name == name }
            return [
                (String(segment[..<start.lowerBound]), nil), ("", number), (String(segment[end.upperBound...]), nil),
            ]
        }
    }

    /// A key and all directories that it lies in.
    private static func ancestry(_ key: String) -> [String] {
        let segments = key.split(separator: "/")
        return (1...segments.count).map { segments[..<$0].joined(separator: "/") }
    }

    /// Whether a place of the one is a place of the other, or lies below one.
    private static func meet(_ first: Set<String>, _ second: Set<String>) -> Bool {
        first.contains { ancestry($0).contains(where: second.contains) }
            || second.contains { ancestry($0).contains(where: first.contains) }
    }

    @Test(
        "A pair is refused if and only if brute force finds values that meet, and the example meets", arguments: 0..<8)
    func bruteForce(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        var values: [OutputArgument: [String]] = [:]
        var outcomes = (apart: 0, meeting: 0)
        for _ in 0..<60 {
            let terms = [Self.term("first", &generator), Self.term("second", &generator)]
            guard terms.allSatisfy({ $0.parameters.count < 3 }) else { continue }
            var layout = Layout.builtIn
            layout.terms = terms
            let conflict = layout.placeConflicts().first
            let places = try terms.map { try Self.places(of: $0, in: root, &values) }
            let meets = Self.meet(places[0], places[1])
            let shown = "\(terms.map(\.template.source)) \(terms.map(\.parameters)) \(String(describing: conflict))"
            // Longer values than brute force tries may meet; the example shows that they do.
            if meets { #expect(conflict != nil, "\(shown)") }
            guard let conflict else {
                outcomes.apart += 1
                continue
            }
            outcomes.meeting += 1
            let keys = try zip(terms, [conflict.firstValues, conflict.secondValues]).map { term, values in
                let arguments = Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0.value) })
                return try root.location(of: term, arguments).key.text
            }
            switch conflict.relation {
            case .same: #expect(keys[0] == keys[1], "\(shown)")
            case .secondBelowFirst: #expect(keys[1].hasPrefix(keys[0] + "/"), "\(shown)")
            case .firstBelowSecond: #expect(keys[0].hasPrefix(keys[1] + "/"), "\(shown)")
            }
        }
        #expect(outcomes.apart > 3 && outcomes.meeting > 3, "\(outcomes)")
    }

    @Test(
        "A run is told from its prefix, or two runs are shown that share it",
        arguments: [
            ("${run_id}-${platform}", true), ("${run_id}${platform}", true), ("runs/${run_id}", true),
            ("${date}-${run_id}", false), ("${date}/${run_id}", true), ("${path}/${run_id}", false),
            ("v${run_id}.${date}", false), ("${run_id}/${path}", true), ("x${run_id}x", true),
        ])
    func prefixes(prefix: String, isTold: Bool) {
        var layout = Layout.builtIn
        layout.runArguments =
            layout.runArguments + [
                .init(OutputArgument(name: "date"), identifiesRun: false),
                .init(OutputArgument(name: "path", kind: .path), identifiesRun: false),
            ]
        layout.prefixes = [.init(template: LayoutTemplate(prefix))]
        let conflicts = layout.runConflicts()
        #expect(conflicts.isEmpty == isTold, "\(conflicts)")
        for conflict in conflicts { #expect(conflict.firstValues != conflict.secondValues) }
    }

    @Test("Prefixes of different release types are apart")
    func releaseTypes() {
        var layout = Layout.builtIn
        let release = Layout.PrefixChoice(releaseTypes: ["release"], template: LayoutTemplate("releases/${run_id}"))
        layout.prefixes = [release, .init(template: LayoutTemplate("nightly/${run_id}"))]
        #expect(layout.runConflicts().isEmpty)
        layout.prefixes[1] = .init(template: LayoutTemplate("${run_id}/x"))
        #expect(layout.runConflicts().count == 1)
    }

    @Test("The built-in layout is proven, and would not be without what it declares")
    func builtIn() {
        var layout = Layout.builtIn
        #expect(layout.placeConflicts().isEmpty)
        #expect(layout.runConflicts().isEmpty)
        layout.terms = layout.terms.map {
            OutputTerm(
                name: $0.name, kind: $0.kind, template: $0.template,
                arguments: Dictionary($0.parameters.map { ($0.name, $0) }) { first, _ in first })
        }
        #expect(layout.placeConflicts().count > 40)
    }
}
