/// The paths that a template can make for all legal values of its arguments, as a finite automaton.
///
/// Values are unlimited in number, but only those characters tell templates apart that some text or legal value of them
/// holds; one more letter stands for all others.
struct PathAutomaton {
    /// A step that takes a symbol of the alphabet, or nothing.
    struct Edge {
        /// The place of the symbol in the alphabet; `nil` for nothing.
        var symbol: Int?
        var target: Int
        /// The place of the argument among the template's that the symbol is part of; `nil` in texts.
        var argument: Int?
    }

    /// The steps from each state; 0 is the first state.
    private(set) var edges: [[Edge]] = [[]]
    /// The state in which a path is complete.
    private(set) var end = 0
    private let alphabet: [Unicode.Scalar]
    /// What each character of the alphabet is to the rules of values.
    private let kinds: [Kind]
    private var argumentCount = 0

    /// Builds the automaton of a path.
    ///
    /// - Parameters:
    ///   - segments: The pieces of each segment.
    ///   - alphabet: The characters to look at, `/` among them.
    init(_ segments: [[OutputTerm.Piece]], alphabet: [Unicode.Scalar]) {
        self.alphabet = alphabet
        kinds = alphabet.map(Kind.init)
        for segment in segments { add(segment) }
    }

    /// The automaton that accepts all paths below too.
    var withPathsBelow: PathAutomaton {
        var result = self
        // Anything behind a slash.
        let (slash, tail, final) = (result.newState(), result.newState(), result.newState())
        result.edges[end].append(Edge(symbol: alphabet.firstIndex(of: "/"), target: slash))
        for symbol in alphabet.indices {
            result.edges[slash].append(Edge(symbol: symbol, target: tail))
            result.edges[tail].append(Edge(symbol: symbol, target: tail))
        }
        result.edges[end].append(Edge(symbol: nil, target: final))
        result.edges[tail].append(Edge(symbol: nil, target: final))
        result.end = final
        return result
    }

    /// The characters that tell some paths apart.
    ///
    /// - Parameter paths: The pieces of each segment, of each path.
    /// - Returns: The characters of all texts and legal values, `/`, and a letter that is none of them if there is one.
    static func alphabet(of paths: [[[OutputTerm.Piece]]]) -> [Unicode.Scalar] {
        var scalars: Set<Unicode.Scalar> = ["/"]
        for piece in paths.joined().joined() {
            switch piece {
            case .text(let text): scalars.formUnion(text.unicodeScalars)
            case .parameter(let argument):
                for value in (argument.legalValues ?? []) + argument.reserved {
                    scalars.formUnion(value.unicodeScalars)
                }
            }
        }
        let letters = "xyzabcdefghijklmnopqrstuvw0123456789".unicodeScalars
        // Letters first: then examples are made of them.
        let free = letters.first { !scalars.contains($0) }
        return [free].compactMap(\.self) + scalars.sorted()
    }

    private mutating func newState() -> Int {
        edges.append([])
        return edges.count - 1
    }

    private mutating func add(_ segment: [OutputTerm.Piece]) {
        let start = end
        end = newState()
        edges[start].append(Edge(symbol: alphabet.firstIndex(of: "/"), target: end))
        for piece in segment {
            switch piece {
            case .text(let text): end = add(text, from: end, argument: nil)
            case .parameter(let argument): add(argument, isAlone: segment.count == 1, segmentStart: start)
            }
        }
    }

    private mutating func add(_ text: String, from start: Int, argument: Int?) -> Int {
        var state = start
        for scalar in text.unicodeScalars {
            let next = newState()
            edges[state].append(Edge(symbol: alphabet.firstIndex(of: scalar), target: next, argument: argument))
            state = next
        }
        return state
    }

    private mutating func add(_ argument: OutputArgument, isAlone: Bool, segmentStart: Int) {
        let start = end
        end = newState()
        if let values = argument.legalValues {
            for value in values where (try? argument.check(value)) != nil {
                let last = add(value, from: start, argument: argumentCount)
                edges[last].append(Edge(symbol: nil, target: end))
            }
        } else {
            addValues(of: argument, from: start)
        }
        // An empty argument takes its segment with it.
        if argument.mayBeEmpty { edges[isAlone ? segmentStart : start].append(Edge(symbol: nil, target: end)) }
        argumentCount += 1
    }

    /// What a character is to the rules of ``InvalidPathValue/check(segment:)``.
    private enum Kind {
        /// It may follow anything, and anything may follow it.
        case ordinary
        case other
        case dot
        case blank
        /// No segment holds it.
        case forbidden

        init(_ scalar: Unicode.Scalar) {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": self = .ordinary
            case "/", "\\": self = .forbidden
            case ".": self = .dot
            case _ where scalar.properties.generalCategory == .control: self = .forbidden
            case _ where scalar.properties.isWhitespace: self = .blank
            default: self = .other
            }
        }
    }

    /// The reserved values of an argument, as a tree of the symbols that they begin with.
    private struct ReservedValues {
        /// By the number of each start and by symbol, the start that is one symbol longer; 0 is the empty one.
        private var next: [[Int?]]
        private var isValue = [false]
        var count: Int { next.count }

        init(_ values: [String], _ alphabet: [Unicode.Scalar]) {
            let leaf = [Int?](repeating: nil, count: alphabet.count)
            next = [leaf]
            for value in values {
                var start = 0
                for symbol in value.unicodeScalars.compactMap(alphabet.firstIndex) {
                    let longer = next[start][symbol] ?? next.count
                    if longer == next.count {
                        next[start][symbol] = longer
                        next.append(leaf)
                        isValue.append(false)
                    }
                    start = longer
                }
                isValue[start] = true
            }
        }

        /// The start that is one symbol longer; `nil` if no value has it.
        func start(_ start: Int, adding symbol: Int) -> Int? { next[start][symbol] }

        func isReserved(_ start: Int) -> Bool { isValue[start] }
    }

    /// What was read of a segment: how it may go on, and whether it may end.
    private struct Progress {
        /// What comes last.
        var last: Last
        /// The number of the text so far, while it may become a reserved value.
        var reserved: Int?

        enum Last: Int, CaseIterable { case nothing, onlyDot, dot, blank, other }

        /// A number that no other progress has.
        var number: Int { last.rawValue + Last.allCases.count * (reserved.map { $0 + 1 } ?? 0) }

        /// The next progress; `nil` if the symbol may not follow.
        func adding(_ symbol: Int, _ kind: Kind, reserved values: ReservedValues) -> Progress? {
            var next = Progress(last: .other)
            switch kind {
            case .ordinary, .other: break
            case .forbidden: return nil
            case .dot:
                guard last != .dot, last != .onlyDot else { return nil }
                next.last = last == .nothing ? .onlyDot : .dot
            case .blank:
                guard last != .nothing else { return nil }
                next.last = .blank
            }
            next.reserved = reserved.flatMap { values.start($0, adding: symbol) }
            return next
        }

        /// Whether a segment may end here.
        var mayEnd: Bool { last == .dot || last == .other }

        /// Whether a value may end here.
        func mayEnd(reserved values: ReservedValues) -> Bool {
            mayEnd && reserved.map(values.isReserved) != true
        }
    }

    /// The values of an argument that is not one of a few, by the rules of ``InvalidPathValue/check(segment:)``.
    private mutating func addValues(of argument: OutputArgument, from start: Int) {
        let reserved = ReservedValues(argument.reserved, alphabet)
        var states = [Int?](repeating: nil, count: Progress.Last.allCases.count * (reserved.count + 1))
        // Without reserved values no text needs to be kept.
        var open = [Progress(last: .nothing, reserved: argument.reserved.isEmpty ? nil : 0)]
        states[open[0].number] = start
        func state(of progress: Progress) -> Int {
            if let state = states[progress.number] { return state }
            let state = newState()
            states[progress.number] = state
            open.append(progress)
            return state
        }
        let special = Set(argument.reserved.flatMap(\.unicodeScalars))
        let isOrdinary = alphabet.indices.map { kinds[$0] == .ordinary && !special.contains(alphabet[$0]) }
        while let progress = open.popLast() {
            let from = state(of: progress)
            func addEdge(_ symbol: Int, to next: Progress) -> Int {
                let target = state(of: next)
                edges[from].append(Edge(symbol: symbol, target: target, argument: argumentCount))
                return target
            }
            // Letters that no reserved value has lead to one state.
            var ofOthers: Int?
            for symbol in alphabet.indices {
                if isOrdinary[symbol], let ofOthers {
                    edges[from].append(Edge(symbol: symbol, target: ofOthers, argument: argumentCount))
                    continue
                }
                if argument.kind == .path, alphabet[symbol] == "/", progress.mayEnd {
                    // Back to the start of a segment; what is reserved is reserved as a whole.
                    _ = addEdge(symbol, to: Progress(last: .nothing))
                }
                guard let next = progress.adding(symbol, kinds[symbol], reserved: reserved) else { continue }
                let target = addEdge(symbol, to: next)
                if isOrdinary[symbol] { ofOthers = target }
            }
            if progress.mayEnd(reserved: reserved) {
                edges[from].append(Edge(symbol: nil, target: end))
            }
        }
    }
}

extension PathAutomaton {
    /// A path that two automata accept, with the values of their arguments.
    struct Example {
        var path: String
        var first: [String]
        var second: [String]
    }

    /// Finds a shortest path that both accept.
    ///
    /// - Parameters:
    ///   - other: An automaton over the same alphabet.
    ///   - identifying: Arguments of both by their places: if given, only such paths count in which a value of one of
    ///     them differs.
    /// - Returns: An example; `nil` if there is none.
    func meeting(_ other: PathAutomaton, differingIn identifying: Set<Int>? = nil) -> Example? {
        // A state is a pair of states, and whether a value differs.
        let width = other.edges.count
        let count = edges.count * width * 2
        var origin = [Step?](repeating: nil, count: count)
        var seen = [Bool](repeating: false, count: count)
        let start = identifying == nil ? 1 : 0
        let goal = (end * width + other.end) * 2 + 1
        var queue = [start]
        seen[start] = true
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            if state == goal { return example(of: state, origin) }
            let (left, right, differs) = (state / 2 / width, state / 2 % width, state % 2)
            func visit(_ step: Step, _ target: Int) {
                guard !seen[target] else { return }
                seen[target] = true
                origin[target] = step
                queue.append(target)
            }
            for edge in edges[left] {
                guard let symbol = edge.symbol else {
                    visit(Step(from: state), (edge.target * width + right) * 2 + differs)
                    continue
                }
                for counterpart in other.edges[right] where counterpart.symbol == symbol {
                    let step = Step(from: state, symbol: symbol, first: edge.argument, second: counterpart.argument)
                    let flag = identifying.map { step.differs(in: $0) } == true ? 1 : differs
                    visit(step, (edge.target * width + counterpart.target) * 2 + flag)
                }
            }
            for edge in other.edges[right] where edge.symbol == nil {
                visit(Step(from: state), (left * width + edge.target) * 2 + differs)
            }
        }
        return nil
    }

    private struct Step {
        var from: Int
        var symbol: Int?
        var first: Int?
        var second: Int?

        /// Whether a character is part of an identifying value in one path alone, or of two different ones.
        func differs(in identifying: Set<Int>) -> Bool {
            let left = first.flatMap { identifying.contains($0) ? $0 : nil }
            let right = second.flatMap { identifying.contains($0) ? $0 : nil }
            return left != right
        }
    }

    private func example(of goal: Int, _ origin: [Step?]) -> Example {
        var steps: [Step] = []
        var state = goal
        while let step = origin[state] {
            steps.append(step)
            state = step.from
        }
        var path = String.UnicodeScalarView()
        var values: (first: [Int: String.UnicodeScalarView], second: [Int: String.UnicodeScalarView]) = ([:], [:])
        for step in steps.reversed() {
            guard let symbol = step.symbol else { continue }
            path.append(alphabet[symbol])
            if let argument = step.first { values.first[argument, default: .init()].append(alphabet[symbol]) }
            if let argument = step.second { values.second[argument, default: .init()].append(alphabet[symbol]) }
        }
        func list(_ values: [Int: String.UnicodeScalarView]) -> [String] {
            let count = (values.keys.max() ?? -1) + 1
            return (0..<count).map { String(values[$0] ?? .init()) }
        }
        return Example(path: String(path), first: list(values.first), second: list(values.second))
    }
}
