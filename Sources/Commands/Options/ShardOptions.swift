public import ArgumentParser
public import RunLifetime

/// The flag that splits the work of a command over several jobs.
struct ShardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Do the part of the work that falls to job I of N, such as 2/8: objects are split by a hash of the key.",
            valueName: "I/N"))
    var shard: Shard?
}

extension Shard: ExpressibleByArgument {
    /// Reads `2/8`.
    public init?(argument: String) { self.init(argument) }
}
