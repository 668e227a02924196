public import MarkedYAML
public import RunOutputs

/// A plan as it was written: typed, with the place of every value that a later check may name.
public struct UploadPlan: Hashable, Sendable {
    /// The file, as it was named on the command line.
    public var file: String
    /// Where it may put outputs.
    public var layout: Layout
    public var name: Marked<String>
    /// What the plan publishes.
    public var description: String?
    /// The values that a run gives to the plan.
    public var parameters: [PlanParameter]
    /// What leftovers mean; `nil` if the plan does not say, and they are only listed.
    public var leftovers: LeftoverPolicy?
    /// Which files go where.
    public var rules: [UploadRule]
    /// What is written to the job's summary.
    public var summary: [SummaryEntry]
    /// The job's outputs.
    public var outputs: [PlanOutput]
    /// Examples of what the plan does.
    public var tests: [PlanTest]
}

/// What it means that no rule takes a file of a directory that a plan publishes.
public enum LeftoverPolicy: String, CaseIterable, Hashable, Sendable {
    /// The rule that comes nearest to taking them fails.
    case error
    /// There is a warning.
    case warn
    /// Nobody is told.
    case ignore
}

/// A rule: which files go where, when, and on what terms.
public struct UploadRule: Hashable, Sendable {
    /// What selecting no file means; `nil` if the plan does not say.
    public enum MissingPolicy: String, CaseIterable, Hashable, Sendable {
        /// The rule fails.
        case error
        /// The rule is skipped with a warning.
        case warn
        /// The rule is skipped.
        case skip
    }

    /// What two keys mean that differ only by case.
    public enum CaseCollisionPolicy: String, CaseIterable, Hashable, Sendable {
        /// Both objects are uploaded, with a warning.
        case warn
        /// Neither is uploaded, and the rule fails.
        case error
    }

    /// Where the rule's objects come from.
    public enum Source: Hashable, Sendable {
        /// The files of a directory.
        case directory(FileSelection)
        case file(Template)
        /// An archive that is made of files.
        case archive(ArchiveSource)
        /// A page that lists objects of other rules.
        case index(IndexSource)
    }

    /// The name, unique in the plan.
    public var name: Marked<String>
    /// What the rule publishes and why.
    public var description: String?
    /// All must hold for the rule to be carried out.
    public var conditions: [PlanCondition]
    /// The rule is applied only if these select nothing.
    public var ifNothingFrom: [Marked<String>]
    /// Where the objects come from.
    public var source: Source
    /// Where they go.
    public var destination: Destination
    /// Whether keys keep only the base name of a file.
    public var flatten: Bool
    /// What selecting no file means; `nil` if the plan does not say.
    public var missing: MissingPolicy?
    /// What it means that a key of the rule differs from another only by case.
    public var caseCollisions: CaseCollisionPolicy
    /// Whether a failure is reported without failing the run.
    public var bestEffort: Bool
    /// Rules that must have succeeded before this one starts.
    public var after: [Marked<String>]
    /// What to do about an object that exists.
    public var existing: ExistingObjectPolicy
    /// Properties of the stored objects.
    public var properties: PropertyTemplates
    /// How long the objects are kept; `nil` leaves it to the layout.
    public var retention: Retention?
    /// What is plausible.
    public var expectation: Expectation
    /// The patterns of files that may be published although they look like secrets.
    public var allowedSecrets: [Template]
}

/// Files of a directory, by pattern.
public struct FileSelection: Hashable, Sendable {
    public var directory: Template
    /// The patterns of the files to take; empty for all.
    public var include: [Template]
    /// The patterns of files not to take.
    public var exclude: [Template]
    /// Whether symlinks that stay inside the directory are followed.
    public var followsSymlinks: Bool
}

/// An archive that is made of files.
public struct ArchiveSource: Hashable, Sendable {
    public var format: Marked<ArchiveFormat>
    /// The archive's file name, where the destination does not give one.
    public var name: Template?
    public var members: FileSelection
    /// The compression level.
    public var level: Marked<Int>?
}

/// A page that lists objects of other rules.
public struct IndexSource: Hashable, Sendable {
    /// The rules whose objects are listed.
    public var rules: [Marked<String>]
    /// The directory of which the objects of the whole run are listed, instead of those of rules.
    public var under: Destination?
    /// The patterns of the objects to list, relative to the page's directory; empty for all.
    public var include: [Template]
    /// The patterns of objects not to list.
    public var exclude: [Template]
    /// Where the parent link leads.
    public var parent: Destination?
    /// The heading.
    public var title: Template?
    /// Whether each directory gets a page of its own.
    public var eachDirectory: Bool
}

/// A term of the vocabulary with the arguments that the plan gives to it.
public struct Destination: Hashable, Sendable {
    /// One argument as the plan gives it.
    public struct Argument: Hashable, Sendable {
        /// Which argument.
        public var argument: Marked<OutputArgument>
        public var value: Template
    }

    public var term: Marked<OutputTerm>
    /// The arguments that the plan spells out; the others are taken from parameters of the same name.
    public var arguments: [Argument]
}

/// Properties of objects as the plan writes them.
public struct PropertyTemplates: Hashable, Sendable {
    /// The fields with one value, by key.
    public var fields: [PropertyField: Template] = [:]
    /// The user metadata.
    public var metadata: [NamedTemplate] = []
    public var tags: [NamedTemplate] = []
}

/// The properties with one value.
public enum PropertyField: String, CaseIterable, Hashable, Sendable {
    case contentType = "content_type"
    case contentEncoding = "content_encoding"
    case contentDisposition = "content_disposition"
    case cacheControl = "cache_control"
    case storageClass = "storage_class"
}

/// A name and a value.
public struct NamedTemplate: Hashable, Sendable {
    public var name: Marked<String>
    public var value: Template
}

/// What is plausible for the files of a rule.
public struct Expectation: Hashable, Sendable {
    /// How many files.
    public var files: Marked<PlausibleRange>?
    /// How many bytes in all.
    public var bytes: Marked<PlausibleRange>?
    /// A file that every selected file must be newer than.
    public var newerThan: Template?
}

/// An example of what a plan does: these files give these keys.
public struct PlanTest: Hashable, Sendable {
    /// The value of one parameter.
    public struct Setting: Hashable, Sendable {
        /// The parameter's name.
        public var parameter: Marked<String>
        public var value: String
    }

    /// What the example shows.
    public var name: Marked<String>
    /// The parameters' values.
    public var settings: [Setting]
    /// What is different of the run: without it, an ordinary run of TheRock's repository on Linux.
    public var run: [RunValue: Marked<String>]
    /// The files that exist.
    public var files: [Marked<String>]
    /// The keys below the run's prefix.
    public var keys: [Marked<String>]
}

/// One entry of the job's summary.
public enum SummaryEntry: Hashable, Sendable {
    /// A link to an uploaded object.
    case link(SummaryLink)
    case markdown(Template)
    /// Markdown for each page that an index rule wrote.
    case pages(SummaryPages)
}

/// A part of the job's summary that repeats for each page of an index rule.
public struct SummaryPages: Hashable, Sendable {
    public var rule: Marked<String>
    /// What is written once above, if there is a page.
    public var heading: Template?
    /// What is written for each page.
    public var markdown: Template
}

/// A link in the job's summary.
public struct SummaryLink: Hashable, Sendable {
    public var title: Template
    /// Where it leads.
    public var destination: Destination
    /// Whether the server makes the page, of what is uploaded below the page's directory.
    public var isServerPage: Bool
    /// All must hold for the link to be written.
    public var conditions: [PlanCondition]
}

public struct PlanOutput: Hashable, Sendable {
    /// What an output holds.
    public enum Value: Hashable, Sendable {
        /// The URL of a location.
        case location(Destination)
        /// A text, given only if one of some rules stored something; without rules it is always given.
        case text(Template, ifStored: [Marked<String>])
    }

    /// The name that later steps read.
    public var name: Marked<String>
    /// What it holds: the first of these whose uploads are there.
    public var values: [Value]
}
