import NIOSSL
import Synchronization

/// What all encrypted connections have in common, made with the first: reading the system's certificates takes a while.
final class TLSContext: Sendable {
    private let configuration: TLSConfiguration
    private let made = Mutex<NIOSSLContext?>(nil)

    /// Takes note of the settings.
    init(_ configuration: TLSConfiguration) { self.configuration = configuration }

    /// The context of new connections.
    ///
    /// - Throws: `NIOSSLError` if the certificates cannot be read.
    func context() throws -> NIOSSLContext {
        try made.withLock { made in
            if let made { return made }
            let context = try NIOSSLContext(configuration: configuration)
            made = context
            return context
        }
    }
}
