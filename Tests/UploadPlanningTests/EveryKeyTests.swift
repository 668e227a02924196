import Foundation
import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

/// Every key that the language has, from the table of its shapes: a new one is compared and locked, or fails here.
@Suite("Every key of the language")
struct EveryKeyTests {
    /// The keys that are for people alone.
    private static let prose = ["description"]

    /// A plan, what it does, and what its lock says of that.
    private struct Plan {
        var node: Node
        var record: PlanRecord
        var locked: PlanRecord
    }

    /// The files in which keys are looked for: together they have them all.
    private static let plans = Result {
        let files = Fixture.all(in: "mutated") + Fixture.all(in: "valid") + Fixture.all(in: "../../../manifests")
        return try files.filter { !$0.testDescription.contains("buckets") }.map { file in
            let node = try #require(try Node.parse(try file.bytes()))
            let record = try record(node)
            return Plan(node: node, record: record, locked: try PlanRecord(lock: record.lockText))
        }
    }

    @Test("is seen by `diff` and by locks when it goes or changes", arguments: try SchemaKeys(.plan).paths)
    func isSeen(key: [String]) throws {
        let plans = try Self.plans.get()
        var count = 0
        for plan in plans {
            #expect(plan.locked == plan.record)
            for place in plan.node.places(of: key[...]) {
                count += 1
                let edits = [plan.node.removing(place), plan.node.changing(place)].compactMap(\.self)
                let seen = try edits.filter { try isSeen($0, from: plan) }
                if Self.prose.contains(key.last ?? "") {
                    #expect(seen.isEmpty, "\(place)")
                } else {
                    #expect(!seen.isEmpty, "\(place)")
                }
            }
        }
        #expect(count > 0, "no plan has this key: give it to Fixtures/valid/every-key.yaml")
    }

    /// Whether the comparison of two files, and that of one with the lock of the other, tell a difference.
    private func isSeen(_ edited: Node, from plan: Plan) throws -> Bool {
        let new = try Self.record(edited)
        let isDifferent = !PlanComparison(from: plan.record, to: new).isEmpty
        #expect(!PlanComparison(from: plan.locked, to: new).isEmpty == isDifferent)
        return isDifferent
    }

    private static func record(_ plan: Node) throws -> PlanRecord {
        let behaviour = try #require(Behaviour.ofPlan(Array(plan.flowText.utf8)))
        return PlanRecord(versions: .init(layout: "", policy: ""), behaviours: [behaviour], scenarios: [])
    }
}

/// The keys of a JSON Schema: paths in which `*` stands for a name of the author's choice and for an element of a list.
private struct SchemaKeys {
    private(set) var paths: [[String]] = []

    init(_ schema: JSONSchema) throws {
        let root = try JSONSerialization.jsonObject(with: Data(schema.text.utf8))
        collect(try #require(root as? [String: Any]), at: [])
        paths = Array(Set(paths)).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private mutating func collect(_ schema: [String: Any], at path: [String]) {
        for (name, property) in schema["properties"] as? [String: [String: Any]] ?? [:] {
            // Destinations are one value, whichever of the terms they name.
            guard Layout.builtIn.term(named: name) == nil || path.last == "uploads" else { continue }
            paths.append(path + [name])
            collect(property, at: path + [name])
        }
        for key in ["items", "additionalProperties"] {
            if let inner = schema[key] as? [String: Any] { collect(inner, at: path + ["*"]) }
        }
        for key in ["anyOf", "oneOf"] {
            for option in schema[key] as? [[String: Any]] ?? [] { collect(option, at: path) }
        }
    }
}

extension Node {
    fileprivate enum Step: Hashable {
        case key(String)
        case element(Int)
    }

    /// Where a key of the schema is in this tree.
    fileprivate func places(of path: ArraySlice<String>) -> [[Step]] {
        guard let first = path.first else { return [[]] }
        let rest = path.dropFirst()
        switch content {
        case .scalar: return []
        case .sequence(let elements):
            guard first == "*" else { return [] }
            return elements.enumerated().flatMap { index, element in
                element.places(of: rest).map { [.element(index)] + $0 }
            }
        case .mapping(let pairs):
            return pairs.filter { first == "*" || $0.key.value.text == first }.flatMap { pair in
                pair.value.places(of: rest).map { [.key(pair.key.value.text)] + $0 }
            }
        }
    }

    /// The tree without what is at a place.
    fileprivate func removing(_ place: [Step]) -> Node? { edited(place[...]) { _ in nil } }

    /// The tree with another text at a place; `nil` where there is no text.
    fileprivate func changing(_ place: [Step]) -> Node? {
        var hasText = false
        let node = edited(place[...]) { node in
            guard case .scalar(var scalar) = node.content else { return node }
            hasText = true
            scalar.text += "-other"
            var node = node
            node.content = .scalar(scalar)
            return node
        }
        return hasText ? node : nil
    }

    private func edited(_ place: ArraySlice<Step>, _ edit: (Node) -> Node?) -> Node? {
        guard let first = place.first else { return edit(self) }
        var node = self
        switch (content, first) {
        case (.sequence(let elements), .element(let index)):
            node.content = .sequence(
                elements.enumerated().compactMap { $0 == index ? $1.edited(place.dropFirst(), edit) : $1 })
        case (.mapping(let pairs), .key(let key)):
            node.content = .mapping(
                pairs.compactMap { pair in
                    guard pair.key.value.text == key else { return pair }
                    var pair = pair
                    guard let value = pair.value.edited(place.dropFirst(), edit) else { return nil }
                    pair.value = value
                    return pair
                })
        default: break
        }
        return node
    }

    /// The tree as a text in flow style.
    fileprivate var flowText: String {
        switch content {
        case .scalar(let scalar): JSONValue.string(scalar.text).text
        case .sequence(let elements): "[\(elements.map(\.flowText).joined(separator: ", "))]"
        case .mapping(let pairs):
            "{\(pairs.map { "\(JSONValue.string($0.key.value.text).text): \($0.value.flowText)" }.joined(separator: ", "))}"
        }
    }
}
