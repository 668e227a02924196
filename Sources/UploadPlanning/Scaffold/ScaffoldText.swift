import RunOutputs

/// The texts of a project's first files.
struct ScaffoldText {
    let name: String
    let outputs: [FoundOutputs]
    let directory: String

    private static func editorLine(_ kind: String) -> String {
        "# therock-upload schema \(kind) > \(kind).schema.json, and your editor checks this file:\n"
            + "# yaml-language-server: $schema=\(kind).schema.json\n"
    }

    private func term(_ output: FoundOutputs) -> String { output.kind.name.replacing("-", with: "_") }

    private func path(_ output: FoundOutputs) -> String {
        output.kind.name + (output.kind.isOfPlatform ? "/${platform}" : "")
    }

    var layout: String {
        var text =
            Self.editorLine("layout") + """
                #
                # Where \(name) leaves its outputs: every place by name. `therock-upload validate` proves that no two places
                # and no two runs can meet.
                version: 1
                name: \(name)

                run:
                  # DECIDE: what a release and any other run lie below. `external_prefix` is what the bucket policy puts
                  # there for other repositories.
                  prefix:
                    - {when: {release_type: release}, path: "${external_prefix}releases/${version}"}
                    - {path: "${external_prefix}runs/${run_id}"}
                  arguments:
                    run_id: {description: the run of the workflow, env: GITHUB_RUN_ID, identifies_run: true}
                    version: {description: "the version of a release, such as 1.4.0", env: RELEASE_VERSION, identifies_run: true}
                    platform: {description: what the outputs are for, one_of: [linux, windows, macos], default: host}

                """
        if outputs.contains(where: \.kind.isOfPlatform) {
            text +=
                "\narguments:\n  platform: {description: what the outputs are for, one_of: [linux, windows, macos]}\n"
        }
        text += "\nterms:\n"
        for output in outputs {
            text +=
                "  \(term(output)): {directory: \"\(path(output))\", summary: \(output.kind.summary.quotedIfNeeded)}\n"
        }
        text += "\n# What `list` and `copy --term` take by one word.\ngroups:\n"
        for output in outputs where output.kind.name != "packages" {
            text += "  \(output.kind.name): {terms: [\(term(output))]}\n"
        }
        if outputs.contains(where: { $0.kind.name == "packages" }) {
            text +=
                "  packages: {terms: [packages], names: package}\n\n"
                + "# What `fetch` and `find` look for, and how file names are read.\n"
                + "roles: {artifacts: packages}\nnames:\n"
                + "  package: {pattern: \"${name}.{tar.zst,tar.xz,tar.gz,tgz,zip}\", checksum: \"${file}\(checksumSuffix)\"}\n"
        }
        text += "\ntests:\n"
        for output in outputs {
            let isOfPlatform = output.kind.isOfPlatform
            text +=
                "  - {term: \(term(output))" + (isOfPlatform ? ", set: {platform: linux}" : "")
                + ", expect: \(output.kind.name)\(isOfPlatform ? "/linux" : "")}\n"
        }
        return text
    }

    private var checksumSuffix: String {
        outputs.contains { $0.files.contains { $0.hasSuffix(".sha256") } } ? ".sha256" : ".sha256sum"
    }

    var policy: String {
        Self.editorLine("buckets") + """
            #
            # Which bucket a run's outputs go to. Rules are tried from top to bottom, and the first match wins.
            version: 1

            # Besides `ci`, which is what a run without a release type is.
            release_types: [release]

            rules:
              - name: every run
                # DECIDE: the bucket. On AWS its region and, with GitHub's OIDC, `role: arn:aws:iam::…:role/…`; elsewhere
                # the store's URL, and the URL at which readers find an object.
                bucket: \(name.lowercased().replacing("_", with: "-"))-outputs
                external_prefix: false
                region: us-east-1
                # endpoint_url: https://s3.example.com
                # path_style: true
                # public_url: https://downloads.example.com/${key}

            """
    }

    var plan: String {
        var text =
            Self.editorLine("plan") + """
                #
                # Which files of a build go where. `therock-upload plan \(directory)/plan.yaml --explain` shows it.
                version: 1
                name: \(name)
                layout: layout.yaml
                buckets: buckets.yaml

                """
        if outputs.contains(where: \.kind.isOfPlatform) {
            text += """

                parameters:
                  platform:
                    description: What the outputs are for
                    env: RUNNER_OS
                    default: linux
                    replace: {Linux: linux, Windows: windows, macOS: macos}
                    one_of: [linux, windows, macos]

                """
        }
        text += "\nuploads:\n"
        for output in outputs { text += rule(output) }
        text +=
            "\n# `therock-upload validate` runs these.\ntests:\n  - name: everything that a build leaves is published\n"
        let samples = outputs.map { output in (output, Array(output.files.prefix(3))) }
        text +=
            "    given:\n"
            + samples.map { output, files in
                files.map { "      - \((output.directory == "." ? $0 : "\(output.directory)/\($0)").quotedIfNeeded)\n" }
                    .joined()
            }.joined()
        text +=
            "    expect:\n"
            + samples.map { output, files in
                let place = output.kind.name + (output.kind.isOfPlatform ? "/linux" : "")
                return files.map { "      - \("\(place)/\($0)".quotedIfNeeded)\n" }.joined()
            }.joined()
        return text
    }

    private func rule(_ output: FoundOutputs) -> String {
        func list(_ patterns: [String]) -> String { patterns.map(\.quoted).joined(separator: ", ") }
        var text = "  \(output.kind.name):\n    from: \(output.directory.quotedIfNeeded)\n"
        if !output.patterns.isEmpty { text += "    include: [\(list(output.patterns))]\n" }
        if !output.exceptions.isEmpty { text += "    exclude: [\(list(output.exceptions))]\n" }
        text += "    to: \(term(output))\n"
        // What a failed build has not made must not hide what it has.
        if output.kind.name != "packages" { text += "    missing: warn\n" }
        return text
    }

    /// A plan for the artifacts of the built-in layout.
    static func planOfArtifacts(_ name: String, _ term: String) -> String {
        editorLine("plan") + """
            version: 1
            name: \(name)
            layout: layout.yaml
            buckets: buckets.yaml

            uploads:
              # DECIDE: where the build leaves its archives.
              artifacts: {from: build/artifacts, to: \(term)}

            tests:
              - name: archives lie where the layout says
                given: [build/artifacts/base_lib_generic.tar.zst]
                expect: [base_lib_generic.tar.zst]

            """
    }

    var workflow: String {
        """
        name: Publish
        on:
          push: {branches: [main], tags: ["v*"]}
        permissions:
          contents: read
          id-token: write  # for a role of AWS; other stores need secrets below
        jobs:
          publish:
            runs-on: ubuntu-latest
            env:
              # A tag is a release; every other run is an ordinary one.
              RELEASE_TYPE: ${{ github.ref_type == 'tag' && 'release' || 'ci' }}
              RELEASE_VERSION: ${{ github.ref_type == 'tag' && github.ref_name || '' }}
            steps:
              - uses: actions/checkout@v4
              # DECIDE: the build.
              - run: make
              - name: Publish
                if: ${{ always() }}
                uses: ROCm/therock-upload@main
                with:
                  plans: \(directory)/plan.yaml
                # env: {AWS_ACCESS_KEY_ID: "${{ secrets.KEY_ID }}", AWS_SECRET_ACCESS_KEY: "${{ secrets.KEY }}"}

        """
    }
}

extension String {
    /// The text as a value of YAML: in quotes unless it is plain.
    fileprivate var quotedIfNeeded: String {
        let isPlain = unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "./_-+ ".unicodeScalars.contains(scalar)
        }
        guard !isPlain || isEmpty || hasPrefix("-") || hasPrefix(" ") || hasSuffix(" ") else { return self }
        return quoted
    }

    /// The text in double quotes of YAML.
    fileprivate var quoted: String {
        "\"" + replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
