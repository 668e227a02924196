/// A value together with the place in the text that it was read from.
public struct Marked<Value> {
    /// What was read.
    public var value: Value
    /// Where it stands.
    public var range: SourceRange

    /// Joins a value with its place.
    public init(_ value: Value, at range: SourceRange) {
        self.value = value
        self.range = range
    }

    /// Returns another value at the same place.
    public func map<Other>(_ transform: (Value) -> Other) -> Marked<Other> {
        Marked<Other>(transform(value), at: range)
    }
}

extension Marked: Sendable where Value: Sendable {}
extension Marked: Equatable where Value: Equatable {}
extension Marked: Hashable where Value: Hashable {}
