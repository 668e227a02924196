import CZlib
import RunLifetime

/// Inflates a gzip file piece by piece, also one of several members.
@safe struct GzipReader: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    /// Whether a member has begun and not ended.
    private var isInside = false

    init() throws(InvalidInventory) {
        unsafe stream = UnsafeMutablePointer.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe output = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        // 31: a window of 32 KiB, and gzip's header; `inflateInit2` is a macro.
        let code = unsafe inflateInit2_(stream, 31, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw InvalidInventory(problem: "it cannot be decompressed: zlib says \(code)") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe output.deallocate()
    }

    /// Inflates the next bytes.
    ///
    /// - Parameters:
    ///   - bytes: The bytes as they come.
    ///   - consume: Takes what comes out, which is valid until it returns.
    /// - Throws: ``InvalidInventory`` if they are not gzip; what `consume` throws.
    mutating func add(_ bytes: UnsafeRawBufferPointer, _ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: Bytef.self))
        unsafe stream.pointee.avail_in = uInt(bytes.count)
        while unsafe stream.pointee.avail_in > 0 {
            isInside = true
            unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
            unsafe stream.pointee.avail_out = uInt(output.count)
            let code = unsafe inflate(stream, Z_NO_FLUSH)
            guard code == Z_OK || code == Z_STREAM_END else {
                throw InvalidInventory(problem: "it is not gzip, or damaged: zlib says \(code)")
            }
            let count = unsafe output.count - Int(stream.pointee.avail_out)
            try unsafe consume(UnsafeRawBufferPointer(rebasing: output[..<count]))
            if code == Z_STREAM_END {
                isInside = false
                _ = unsafe inflateReset(stream)
            }
        }
    }

    /// Makes sure that nothing is missing.
    ///
    /// - Throws: ``InvalidInventory`` if a member has not ended.
    func finish() throws(InvalidInventory) {
        guard !isInside else { throw InvalidInventory(problem: "it ends in the middle") }
    }
}
