import RunOutputs

/// The shape of a bucket policy file.
enum BucketPolicyShape {
    static let policy = MappingShape(
        "a bucket policy",
        [
            .required("version", .word(PlanShape.version), "The version of the policy language: 1."),
            .optional(
                "serves", .list(.text(.nonEmpty), atLeast: 1),
                "The repositories, `owner/name` or `owner/*`, that use the policy if it is built in; all unless given."),
            .required(
                "release_types", .list(.text(.name), atLeast: 0),
                "The legal release types besides `ci`, which is what a run without one is."),
            .required("rules", .list(.mapping(rule), atLeast: 1), "The rules, tried in order; the first match wins."),
        ])

    static let rule = MappingShape(
        "a bucket rule",
        [
            .required("name", .text(.nonEmpty), "What the rule is for; `plan --explain` shows it."),
            .optional("when", .mapping(condition), "Which runs the rule is for; every run unless given."),
            .required("bucket", .text(.nonEmpty), "The bucket's name."),
            .required("external_prefix", .flag, "Whether keys start with `{owner}-{name}/` of the run's repository."),
            .required("region", .text(.nonEmpty), "The bucket's region."),
            .optional("role", .text(.nonEmpty), "The ARN of the IAM role that may write there."),
            .optional("endpoint_url", .text(.nonEmpty), "The store's URL; AWS's unless given."),
            .optional(
                "path_style", .flag,
                "Whether the bucket's name is in the path of the store's URLs, not in the host."),
            .optional(
                "public_url", .text(.nonEmpty),
                "The URL at which readers find an object: `${key}`, percent-encoded, and `${bucket}` are replaced."),
        ])

    static let condition = MappingShape(
        "a condition",
        [
            .optional("repository", .text(.nonEmpty), "The run's repository, spelled exactly so."),
            .optional("fork", .flag, "Whether the run builds a fork's code."),
            .optional(
                "release_type", .either(scalar: .text(.name), list: .list(.text(.name), atLeast: 1)),
                "The release type, or a list of them; `ci` is an ordinary run."),
            .optional(
                "run_before", .text(.timestamp),
                "The run last changed before this moment; only looked-up runs have a date."),
        ])
}
