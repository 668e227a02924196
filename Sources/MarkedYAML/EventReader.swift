import CLibYAML

/// Reads libyaml's events one at a time and translates each into a Swift value.
///
/// libyaml keeps a pointer to the parser inside the parser and a pointer to the input text. Neither may move while it
/// reads, so both live on the heap, and this type, which cannot be copied, is their only owner. No C type leaves this
/// file.
@safe struct EventReader: ~Copyable {
    enum Event {
        case scalar(text: String, style: Scalar.Style, anchor: String?, tag: String?)
        case sequenceStart(anchor: String?, tag: String?)
        case mappingStart(anchor: String?, tag: String?)
        case sequenceEnd, mappingEnd
        case alias(String)
        case documentStart, documentEnd
        case streamStart, streamEnd
    }

    /// An event and its place, in positions and in code points from the start of the text.
    struct Marks {
        var range: SourceRange
        var offsets: Range<Int>
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// Starts at the beginning of a text.
    ///
    /// - Parameter text: The text.
    /// - Throws: ``YAMLSyntaxError`` if libyaml has no memory for it.
    init(_ text: String) throws(YAMLSyntaxError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            let start = SourcePosition(line: 1, column: 1)
            throw YAMLSyntaxError("the text cannot be read: libyaml has no memory left", at: start..<start)
        }
        unsafe self.parser = unsafe parser
        unsafe input = .allocate(capacity: text.utf8.count + 1)
        _ = unsafe input.initialize(from: text.utf8)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, text.utf8.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// Returns the next event and its place.
    ///
    /// - Throws: ``YAMLSyntaxError`` if the text is not YAML. The reader is finished after that.
    mutating func next() throws(YAMLSyntaxError) -> (event: Event, marks: Marks) {
        var raw = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &raw) == 1 else { throw unsafe YAMLSyntaxError(parser.pointee) }
        defer { unsafe yaml_event_delete(&raw) }
        let start = unsafe raw.start_mark
        let end = unsafe raw.end_mark
        let marks = Marks(
            range: SourcePosition(start)..<max(SourcePosition(start), SourcePosition(end)),
            offsets: Int(start.index)..<max(Int(start.index), Int(end.index)))
        return (unsafe Event(raw), marks)
    }
}

extension EventReader.Event {
    fileprivate init(_ raw: yaml_event_t) {
        switch unsafe raw.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe raw.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            self = unsafe .scalar(
                text: String(decoding: bytes, as: UTF8.self), style: Scalar.Style(scalar.style),
                anchor: String(yaml: scalar.anchor), tag: String(yaml: scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe raw.data.sequence_start
            self = unsafe .sequenceStart(anchor: String(yaml: start.anchor), tag: String(yaml: start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe raw.data.mapping_start
            self = unsafe .mappingStart(anchor: String(yaml: start.anchor), tag: String(yaml: start.tag))
        case YAML_ALIAS_EVENT: self = .alias(unsafe String(cString: raw.data.alias.anchor))
        case YAML_SEQUENCE_END_EVENT: self = .sequenceEnd
        case YAML_MAPPING_END_EVENT: self = .mappingEnd
        case YAML_DOCUMENT_START_EVENT: self = .documentStart
        case YAML_DOCUMENT_END_EVENT: self = .documentEnd
        case YAML_STREAM_START_EVENT: self = .streamStart
        default: self = .streamEnd
        }
    }
}

extension String {
    fileprivate init?(yaml text: UnsafeMutablePointer<yaml_char_t>?) {
        guard let text = unsafe text else { return nil }
        unsafe self.init(cString: text)
    }
}

extension Scalar.Style {
    fileprivate init(_ style: yaml_scalar_style_t) {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: self = .literal
        case YAML_FOLDED_SCALAR_STYLE: self = .folded
        default: self = .plain
        }
    }
}

extension SourcePosition {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

extension YAMLSyntaxError {
    fileprivate init(_ parser: yaml_parser_t) {
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "cannot read YAML"
        let position = unsafe SourcePosition(parser.problem_mark)
        var context: Context?
        if let text = unsafe parser.context {
            let place = unsafe SourcePosition(parser.context_mark)
            context = unsafe Context(message: String(cString: text), range: place..<place)
        }
        self.init(problem, at: position..<position, context: context)
    }
}
