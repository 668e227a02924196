import MarkedYAML
import Testing
import UploadTestSupport

/// Pins what becomes of every case, so that a parser that refused everything, or a suite that lost its cases, fails.
@Suite("The yaml-test-suite", .needsVectors(YAMLTestSuite.fileName))
struct YAMLTestSuiteTests {
    /// What became of a case.
    enum Outcome: Hashable {
        /// The tree is what the suite says.
        case equal
        /// The suite says that it is not YAML, and it is refused.
        case refusedAsTheSuiteAsks
        /// It is YAML, and this project refuses it on purpose.
        case refusedByRule(Rule)
        /// libyaml reads another language than the suite here; listed in `deviations`.
        case acceptedThoughInvalid, refusedThoughValid, different
    }

    enum Rule: String, CaseIterable {
        case oneDocument = "a second document"
        case scalarKeys = "a key must be"
        case noRepeatedKeys = "appears twice"
        case noMergeKeys = "merge keys"
        case characters = "U+"
    }

    /// Where libyaml 0.2.5 differs from the suite, and why.
    static let deviations: [String: (outcome: Outcome, reason: String)] = [
        "9C9N": (.acceptedThoughInvalid, "flow lines need no indentation in libyaml"),
        "QB6E": (.acceptedThoughInvalid, "quoted lines need no indentation in libyaml"),
        "9JBA": (.acceptedThoughInvalid, "a comment may touch ']'"),
        "X4QW": (.acceptedThoughInvalid, "a comment may touch '>'"),
        "MUS6/00": (.acceptedThoughInvalid, "a comment may touch a directive"),
        "S98Z": (.acceptedThoughInvalid, "leading empty lines may be indented more than the block"),
        "HM87/01": (.different, "'[?x]' is an entry with the key x"),
        "L24T/01": (.different, "a last line of spaces without a line break gets none"),
        "2JQS": (.refusedThoughValid, "no empty implicit keys in blocks"),
        "6M2F": (.refusedThoughValid, "no empty implicit keys in blocks"),
        "NHX8": (.refusedThoughValid, "no empty implicit keys in blocks"),
        "NKF9": (.refusedThoughValid, "no empty implicit keys in blocks"),
        "S3PD": (.refusedThoughValid, "no empty implicit keys in blocks"),
        "UKK6/00": (.refusedThoughValid, "no empty implicit keys in blocks"),
        "CFD4": (.refusedThoughValid, "no empty implicit keys in flow"),
        "4MUZ/00": (.refusedThoughValid, "':' must be on the line of its key"),
        "5MUD": (.refusedThoughValid, "':' must be on the line of its key"),
        "58MP": (.refusedThoughValid, "a plain scalar in flow cannot start with ':'"),
        "5T43": (.refusedThoughValid, "a plain scalar in flow cannot start with ':'"),
        "DBG4": (.refusedThoughValid, "a plain scalar in flow cannot start with ':'"),
        "HM87/00": (.refusedThoughValid, "a plain scalar in flow cannot start with ':'"),
        "6BCT": (.refusedThoughValid, "no tab after '-'"),
        "Y79Y/010": (.refusedThoughValid, "no tab after '-'"),
        "6CA3": (.refusedThoughValid, "no tab before the first token of a line"),
        "DK95/00": (.refusedThoughValid, "no tab before the first token of a line"),
        "96NN/00": (.refusedThoughValid, "no tab at the start of a block's first line"),
        "R4YG": (.refusedThoughValid, "no tab at the start of a block's first line"),
        "Y79Y/001": (.refusedThoughValid, "no tab at the start of a block's first line"),
        "7Z25": (.refusedThoughValid, "a document after '...' must start with '---'"),
        "M7A3": (.refusedThoughValid, "a document after '...' must start with '---'"),
        "HWV9": (.refusedThoughValid, "no '...' without a document"),
        "BEC7": (.refusedThoughValid, "versions above 1.2 are refused, not warned about"),
        "DK3J": (.refusedThoughValid, "a block at the top must be indented"),
        "W4TN": (.refusedThoughValid, "a block at the top must be indented"),
        "W5VH": (.refusedThoughValid, "names of anchors are letters, digits, '-' and '_'"),
    ]

    @Test("Every case is equal, refused for a reason, or a known deviation")
    func everyCase() throws {
        var counts: [Outcome: Int] = [:]
        for example in try YAMLTestSuite.load().cases {
            let outcome = try Self.outcome(of: example)
            counts[outcome, default: 0] += 1
            switch outcome {
            case .equal, .refusedAsTheSuiteAsks, .refusedByRule:
                #expect(Self.deviations[example.id] == nil, "\(example.id) deviates no longer: \(outcome)")
            case .acceptedThoughInvalid, .refusedThoughValid, .different:
                #expect(Self.deviations[example.id]?.outcome == outcome, "\(example.id): \(example.name)")
            }
        }
        #expect(
            counts == [
                .equal: 113, .refusedAsTheSuiteAsks: 43,
                .refusedByRule(.oneDocument): 9, .refusedByRule(.scalarKeys): 8,
                .acceptedThoughInvalid: 6, .refusedThoughValid: 27, .different: 2,
            ])
    }

    private static func outcome(of example: YAMLTestSuite.Case) throws -> Outcome {
        let root: Node?
        do throws(YAMLSyntaxError) {
            root = try example.yaml.parsedAsYAML()
        } catch {
            expectPlace(of: error, in: example.yaml)
            if let rule = Rule.allCases.first(where: { error.problem.contains($0.rawValue) }) {
                return .refusedByRule(rule)
            }
            return example.error ? .refusedAsTheSuiteAsks : .refusedThoughValid
        }
        if example.error { return .acceptedThoughInvalid }
        if let json = example.json, !json.isEmpty {
            return try root.map(CoreValue.init) == CoreValue(json: json) ? .equal : .different
        }
        return (root?.suiteEvents ?? []) == example.comparableEvents ? .equal : .different
    }

    private static func expectPlace(of error: YAMLSyntaxError, in text: String) {
        let lines = SourceText(text).lines
        for range in [error.range, error.context?.range ?? error.range] {
            let line = range.lowerBound.line
            #expect(lines.indices.contains(line - 1) && range.upperBound.line <= lines.count)
            #expect(range.lowerBound.column <= lines[line - 1].unicodeScalars.count + 1)
            #expect(!range.isEmpty || range.lowerBound.column == lines[line - 1].unicodeScalars.count + 1)
        }
    }
}
