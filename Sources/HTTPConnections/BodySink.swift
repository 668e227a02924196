package import NIOCore
package import NIOHTTP1

/// Takes in the body of a successful answer as it arrives, in place of memory.
package protocol BodySink: AnyObject, Sendable {
    /// The number of bytes that the body must hold.
    var byteCount: Int64 { get }

    /// The number of bytes that have arrived since the attempt began.
    var arrivedByteCount: Int64 { get }

    /// Forgets what has arrived: another attempt begins.
    func restart()

    /// Looks at an answer of success before its body.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - headers: The headers.
    /// - Throws: Why the body is not wanted: the exchange ends with that error.
    func begin(_ status: Int, _ headers: HTTPHeaders) throws

    /// Takes the next bytes.
    ///
    /// While it is busy, no more is read from the connection.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `TransportError` if there are more than ``byteCount``, and whatever keeps them from being stored.
    func take(_ bytes: ByteBuffer) throws
}
