import ArgumentParser
import RunLifetime

/// The flag that splits the work of a command over several jobs.
struct ShardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Do the part of the work that falls to job I of N, such as 2/8: objects are split by a hash of the key.",
            valueName: "I/N"),
        transform: { text in
            guard let shard = Shard(text) else {
                throw ValidationError("expected I/N with I from 1 to N and N up to \(Shard.most), such as 2/8")
            }
            return shard
        })
    var shard: Shard?
}
