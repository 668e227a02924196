public import RunOutputs

/// The JSON Schema of a file, for editors: written from the table that the checker works from.
///
/// It is draft 7, which yaml-language-server knows best. It describes the structure; what names mean, a schema cannot
/// say.
public enum JSONSchema: String, CaseIterable, Sendable {
    /// Upload plans.
    case plan
    /// Bucket policies.
    case buckets
    /// Files that say what a run must hold.
    case requirements
    case layout

    /// The schema's text for the built-in layout.
    public var text: String { text(for: .builtIn) }

    /// The schema's text.
    ///
    /// - Parameter layout: Where plans may put outputs.
    /// - Returns: The schema as JSON.
    public func text(for layout: Layout) -> String {
        var writer = SchemaWriter()
        let shape =
            switch self {
            case .plan: writer.mapping(PlanShape(layout).plan)
            case .buckets: writer.mapping(BucketPolicyShape.policy)
            case .layout: writer.mapping(LayoutShape.layout)
            case .requirements: writer.mapping(RequirementsShape(layout).requirements)
            }
        let head: [(name: String, value: JSONValue)] = [
            ("$schema", .string("http://json-schema.org/draft-07/schema#")), ("title", .string(title)),
        ]
        let definitions =
            writer.definitions.isEmpty ? [] : [(name: "definitions", value: JSONValue.object(writer.definitions))]
        return JSONValue.object(head + shape + definitions).text(spreadTo: 6)
    }

    private var title: String {
        switch self {
        case .plan: "therock-upload plan"
        case .buckets: "therock-upload bucket policy"
        case .requirements: "therock-upload requirements of a run"
        case .layout: "therock-upload layout"
        }
    }
}

private typealias Members = [(name: String, value: JSONValue)]

private struct SchemaWriter {
    /// The shapes that are used in several places.
    var definitions: Members = []

    mutating func value(_ shape: Shape) -> Members {
        switch shape {
        case .text(let form): return form.schema
        case .flag: return [("type", .string("boolean"))]
        case .word(let list): return list.schema
        case .list(let element, let minimum):
            return [
                ("type", .string("array")), ("items", .object(value(element))), ("minItems", .integer(Int64(minimum))),
            ]
        case .mapping(let mapping): return self.mapping(mapping)
        case .dictionary(let dictionary): return self.dictionary(dictionary)
        case .choice(let choice): return self.choice(choice)
        case .either(let scalar, let list, let mapping):
            let options = [scalar, list, mapping].compactMap(\.self).map { JSONValue.object(value($0)) }
            return [("anyOf", .array(options))]
        case .shared(let name, let shape):
            if !definitions.contains(where: { $0.name == name }) {
                definitions.append((name, .null))
                let members = value(shape)
                definitions = definitions.map { $0.name == name ? (name, .object(members)) : $0 }
            }
            return [("$ref", .string("#/definitions/\(name)"))]
        }
    }

    mutating func mapping(_ shape: MappingShape) -> Members {
        var members: Members = [("type", .string("object")), ("properties", .object(properties(shape.fields)))]
        let required = shape.fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { members.append(("required", .array(required))) }
        members.append(("additionalProperties", .flag(false)))
        if !shape.exactlyOneOf.isEmpty {
            let options = shape.exactlyOneOf.map { JSONValue.object([("required", .array([.string($0)]))]) }
            members.append(("oneOf", .array(options)))
        }
        return members
    }

    private mutating func choice(_ shape: ChoiceShape) -> Members {
        [
            ("type", .string("object")), ("properties", .object(properties(shape.options))),
            ("additionalProperties", .flag(false)), ("minProperties", .integer(1)), ("maxProperties", .integer(1)),
        ]
    }

    private mutating func dictionary(_ shape: DictionaryShape) -> Members {
        var members: Members = [("type", .string("object"))]
        if let pattern = shape.key.pattern {
            members.append(("propertyNames", .object([("pattern", .string(pattern))])))
        }
        members.append(("additionalProperties", .object(value(shape.value))))
        if shape.atLeast > 0 { members.append(("minProperties", .integer(Int64(shape.atLeast)))) }
        return members
    }

    /// A reference cannot carry a description in draft 7, so it is wrapped.
    private mutating func properties(_ fields: [MappingShape.Field]) -> Members {
        var members: Members = []
        for field in fields {
            var schema: Members = [("description", .string(field.summary))]
            if case .shared = field.shape {
                schema.append(("allOf", .array([.object(value(field.shape))])))
            } else {
                schema += value(field.shape)
            }
            members.append((field.name, .object(schema)))
        }
        return members
    }
}

extension WordList {
    /// A word that looks like a number is one to readers of YAML who do not know the field.
    fileprivate var schema: Members {
        let values = words.flatMap { word in
            [JSONValue.string(word.text)] + (Int64(word.text).map { [.integer($0)] } ?? [])
        }
        let summaries = words.flatMap { word in
            Array(repeating: JSONValue.string(word.summary), count: Int64(word.text) == nil ? 1 : 2)
        }
        return [("enum", .array(values)), ("enumDescriptions", .array(summaries))]
    }
}

extension TextForm {
    /// Values keep their spelling, so what others read as a number or a flag is text here.
    fileprivate var schema: Members {
        let types = JSONValue.array([.string("string"), .string("number"), .string("boolean")])
        switch self {
        case .any: return [("type", types)]
        case .nonEmpty, .template: return [("type", types), ("minLength", .integer(1))]
        case .integer(let range):
            return [
                ("type", .string("integer")), ("minimum", .integer(Int64(range.lowerBound))),
                ("maximum", .integer(Int64(range.upperBound))),
            ]
        case .name, .valueName, .countRange, .byteRange, .timestamp, .retention:
            return [("type", types), ("pattern", pattern.map { .string($0) } ?? .null)]
        }
    }

    /// The form as a regular expression, as far as one can say it.
    fileprivate var pattern: String? {
        switch self {
        case .any, .template, .integer: nil
        case .nonEmpty: "."
        case .name: "^[A-Za-z0-9][A-Za-z0-9_-]*$"
        case .valueName: "^(run\\.)?[A-Za-z0-9][A-Za-z0-9_-]*$"
        case .countRange: "^([0-9]+|[0-9]+\\.\\.[0-9]*|\\.\\.[0-9]+)$"
        case .byteRange: "^(\(Self.size)|\(Self.size)\\.\\.(\(Self.size))?|\\.\\.\(Self.size))$"
        case .timestamp: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
        case .retention: "^([1-9][0-9]{0,4}d|forever)$"
        }
    }

    private static let size = "[0-9]+ *(B|KiB|MiB|GiB|TiB)?"
}
