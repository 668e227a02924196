import Commands

/// The program; all that it does is in the target `Commands`.
@main
enum Main {
    static func main() async { await Program.main() }
}
