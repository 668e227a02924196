/// What a plan or a bucket policy says, without what changes nothing: comments, descriptions, the order of patterns,
/// and keys that spell out what holds anyway.
///
/// It is read from the file's tree with the table of the language's shapes, so that a key which the language gains
/// cannot be forgotten here.
public struct Behaviour: Hashable, Sendable {
    /// What stands at one place of the file.
    public struct Fact: Hashable, Sendable {
        /// The keys that lead there: `uploads`, `logs`, `include`.
        public var path: [String]
        /// The values; those of a list whose order means nothing are sorted.
        public var values: [String]

        /// Joins a place and its values.
        public init(path: [String], values: [String]) {
            self.path = path
            self.values = values
        }
    }

    /// The name of the plan, or of the policy's file.
    public var name: String
    /// The facts, sorted by their paths.
    public var facts: [Fact]

    /// Joins a name and facts.
    public init(name: String, facts: [Fact]) {
        self.name = name
        self.facts = facts.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    /// The same number for the same behaviour, to tell one version of a file from another.
    public var version: String {
        var text = ""
        for fact in facts { text += "\(fact.path)\(fact.values)" }
        return text.stableHash
    }

    /// The version of a bucket policy: who uses it by default has no say in where a run's outputs go.
    public var policyVersion: String {
        Behaviour(name: name, facts: facts.filter { $0.path.first != "serves" }).version
    }

    /// The facts below a path, with the rest of their paths.
    func facts(below path: [String]) -> [Fact] {
        facts.filter { $0.path.starts(with: path) }.map {
            Fact(path: Array($0.path.dropFirst(path.count)), values: $0.values)
        }
    }

    /// The names of what stands below a key: of the rules below `uploads`.
    func names(below key: String) -> [String] {
        var names: [String] = []
        for fact in facts where fact.path.count > 1 && fact.path[0] == key && names.last != fact.path[1] {
            names.append(fact.path[1])
        }
        return names
    }
}

extension String {
    /// A number that is the same in every process, in hexadecimal digits: it names a version and proves nothing.
    var stableHash: String {
        // FNV-1a; its constants: http://www.isthe.com/chongo/tech/comp/fnv/
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
