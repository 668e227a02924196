/// A command line that cannot be carried out: exit code 64.
struct CommandLineError: Error {
    /// What is wrong, in one line of lower case without a full stop.
    var message: String
    /// What to do about it, one line each.
    var help: [String] = []
}
