import ArgumentParser
import UploadExecution

/// The flags about a statement of `finish`.
struct StatementOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Write an in-toto statement about the complete run to this file.", valueName: "file"))
    var statement: String?

    @Option(
        help: ArgumentHelp(
            "Sign the statement with this private key (PEM; Ed25519 or P-256): the file is then a DSSE envelope.",
            valueName: "file"))
    var signKey: String?

    func validate() throws {
        if signKey != nil, statement == nil {
            throw ValidationError("--sign-key is for --statement, which is not given")
        }
    }

    /// Reads the key.
    ///
    /// - Throws: ``UnreadableFile`` if that is none, or no private one.
    func key(_ context: Context) throws(UnreadableFile) -> StatementKey? {
        guard let signKey else { return nil }
        let key = try StatementKey(file: signKey, context)
        guard key.isPrivate else {
            throw UnreadableFile(path: signKey, reason: "it is a public key, and signing takes a private one")
        }
        return key
    }
}

extension StatementKey {
    /// Reads a key in PEM from a file.
    init(file: String, _ context: Context) throws(UnreadableFile) {
        let bytes = try context.readSmallFile(file)
        do throws(StoreError) {
            self = try StatementKey(pem: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw UnreadableFile(path: file, reason: "\(error)")
        }
    }
}
