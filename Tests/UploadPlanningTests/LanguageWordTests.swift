import MarkedYAML
import RunOutputs
import Testing

@testable import UploadPlanning

@Suite("Words of the language")
struct LanguageWordTests {
    /// A word that the shape takes in these tests, and that nothing else knows.
    private static let strange = "sideways"

    /// Plans that use the word, by what the shape calls the words of that place.
    static let plans = [
        "parameter type": "parameters: {p: {type: sideways}}\nuploads: {r: {from: a, to: root}}",
        "way to treat symlinks": "uploads: {r: {from: a, symlinks: sideways, to: root}}",
        "way to treat existing objects": "uploads: {r: {from: a, existing: sideways, to: root}}",
        "way to treat missing files": "uploads: {r: {from: a, missing: sideways, to: root}}",
        "way to treat keys that differ only by case": "uploads: {r: {from: a, case_collisions: sideways, to: root}}",
        "way to treat leftovers": "leftovers: sideways\nuploads: {r: {from: a, to: root}}",
        "archive format": "uploads: {r: {archive: {format: sideways, from: a}, to: root}}",
    ]

    /// Words that are passed on as they are, or that the layout lists.
    private static let passedOn: Set = ["version", "storage class", "destination", "platform"]

    private static var shape: MappingShape { PlanShape(.builtIn).plan }

    @Test("The shape's list is the enumeration's, so a word that only the shape knows is reported", arguments: plans)
    func reported(noun: String, plan: String) {
        let bytes = Array("version: 1\nname: x\n\(plan)\n".utf8)
        let (decoded, log) = UploadPlan.decode(
            bytes, file: "p.yaml", layout: .builtIn, shape: Self.shape.adding(Self.strange))
        #expect(decoded == nil)
        #expect(log.diagnostics.map(\.code) == [.illegalValue])
        #expect(log.diagnostics.first?.message == "'sideways' means nothing here")
        #expect(log.diagnostics.first?.range != nil)
    }

    @Test("A word that the shape refuses is reported once", arguments: plans)
    func refused(noun: String, plan: String) {
        let log = UploadPlan.decode(
            Array("version: 1\nname: x\n\(plan)\n".utf8), file: "p.yaml", layout: .builtIn
        ).log
        #expect(log.diagnostics.count == 1, "\(log.diagnostics)")
        #expect(log.diagnostics.first?.message.contains("sideways") == true)
    }

    @Test("No list of words is left out above")
    func complete() {
        #expect(Self.shape.nouns == Set(Self.plans.keys).union(Self.passedOn))
    }
}

extension MappingShape {
    /// The same shape with one more word in each list.
    fileprivate func adding(_ word: String) -> MappingShape {
        var shape = self
        shape.fields = fields.map { field in
            var field = field
            field.shape = field.shape.adding(word)
            return field
        }
        return shape
    }

    /// What the words of each list are called.
    fileprivate var nouns: Set<String> { fields.reduce(into: []) { $0.formUnion($1.shape.nouns) } }
}

extension Shape {
    fileprivate func adding(_ word: String) -> Shape {
        switch self {
        case .text, .flag: return self
        case .word(var list):
            list.words.append(.init(text: word, summary: "Unknown to the decoder."))
            return .word(list)
        case .list(let shape, let count): return .list(shape.adding(word), atLeast: count)
        case .mapping(let shape): return .mapping(shape.adding(word))
        case .dictionary(var shape):
            shape.value = shape.value.adding(word)
            return .dictionary(shape)
        case .choice(var shape):
            shape.options = shape.options.map { option in
                var option = option
                option.shape = option.shape.adding(word)
                return option
            }
            return .choice(shape)
        case .either(let scalar, let list, let mapping):
            return .either(scalar: scalar?.adding(word), list: list?.adding(word), mapping: mapping?.adding(word))
        case .shared(let name, let shape): return .shared(name: name, shape.adding(word))
        }
    }

    fileprivate var nouns: Set<String> {
        switch self {
        case .text, .flag: []
        case .word(let list): [list.noun]
        case .list(let shape, _), .shared(_, let shape): shape.nouns
        case .mapping(let shape): shape.nouns
        case .dictionary(let shape): shape.value.nouns
        case .choice(let shape): shape.options.reduce(into: []) { $0.formUnion($1.shape.nouns) }
        case .either(let scalar, let list, let mapping):
            [scalar, list, mapping].compactMap(\.self).reduce(into: []) { $0.formUnion($1.nouns) }
        }
    }
}
