import NIOCore

/// Takes in the body of a successful answer as it arrives, in place of memory.
protocol BodySink: AnyObject, Sendable {
    /// The number of bytes that the body must hold.
    var byteCount: Int64 { get }

    /// The number of bytes that have arrived since the attempt began.
    var arrivedByteCount: Int64 { get }

    /// Forgets what has arrived: another attempt begins.
    func restart()

    /// Takes the next bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `TransportError` if there are more than ``byteCount``, and whatever keeps them from being stored.
    func take(_ bytes: ByteBuffer) throws
}
