/// What stands at a location, compared with the content that should stand there.
public enum ObjectComparison: Hashable, Sendable {
    /// Nothing.
    case absent
    /// An object with the same content.
    case identical
    /// An object with other content, and how that shows.
    case different(String)
    /// An object, and why it cannot be told whether it has the same content.
    case undecided(String)
}
