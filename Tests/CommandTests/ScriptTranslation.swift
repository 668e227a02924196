import Foundation

/// How an original script is said to our tool.
struct ScriptTranslation: Sendable {
    /// What a flag of the script means to our tool.
    enum Flag: Sendable {
        /// A value for a parameter of the plan.
        case parameter(String)
        /// The directory of the packages: the script looks for `dist` in it by itself.
        case packages(String)
        /// A place below the run's prefix, of which our plan takes the part below `logs/`.
        case logDirectory(String)
        /// The same option of ours, with the same value.
        case option(String)
        /// Nothing, with a value that is dropped.
        case ignored
        /// A build for all GPU families: whether its packages are split by family our plan sees by itself too.
        case multiarch
        /// Whether anything is uploaded.
        case uploads(Bool)
        /// A flag that the script does not have either.
        case unknown(String)
    }

    /// The plan that replaces the script.
    var plan: String
    /// Whether the script uploads without being told so.
    var uploadsByDefault = true
    /// Its flags.
    var flags: [String: Flag]

    static let all: [String: ScriptTranslation] = [
        "A-post_build_upload": ScriptTranslation(
            plan: "post-build", uploadsByDefault: false,
            flags: build.merging(["--job-status": .parameter("job_status")]) { $1 }),
        "C-post_build_upload": ScriptTranslation(
            plan: "post-build-logs", uploadsByDefault: false,
            flags: build.merging(["--job-status": .parameter("job_status")]) { $1 }),
        "C-post_stage_upload": ScriptTranslation(
            plan: "post-stage",
            flags: run.merging([
                "--stage": .parameter("stage"), "--amdgpu-family": .parameter("amdgpu_family"),
                "--build-dir": .parameter("build_dir"), "--compression-level": .ignored,
            ]) { $1 }),
        "A-upload_python_packages": ScriptTranslation(plan: "python-packages", flags: packages),
        "C-upload_python_packages": ScriptTranslation(
            plan: "python-packages", flags: packages),
        "A-upload_pytorch_manifest": ScriptTranslation(
            plan: "pytorch-manifest",
            flags: manifest.merging(["--pytorch-git-ref": .parameter("pytorch_git_ref")]) { $1 }),
        "C-upload_jax_manifest": ScriptTranslation(
            plan: "jax-manifest",
            flags: manifest.merging(["--jax-git-ref": .parameter("jax_git_ref")]) { $1 }),
        "A-upload_test_report_script": ScriptTranslation(
            plan: "test-report", flags: report.merging(["--amdgpu-family": .ignored]) { $1 }),
        "C-upload_test_report_script": ScriptTranslation(
            plan: "test-report",
            flags: report.merging(["--subfolder": .parameter("subfolder")]) { $1 }),
        "C-upload_tarballs": ScriptTranslation(
            plan: "tarballs",
            flags: run.merging([
                "--input-tarballs-dir": .parameter("tarballs_dir"), "--release-type": .option("--release-type"),
            ]) { $1 }),
        "C-upload_package_repo": ScriptTranslation(
            plan: "native-packages",
            flags: run.merging([
                "--pkg-type": .parameter("package_type"), "--package-dir": .parameter("package_dir"),
            ]) { $1 }),
    ]

    private static let run: [String: Flag] = [
        "--run-id": .option("--run-id"), "--output-dir": .ignored, "--bucket": .option("--bucket"),
        "--platform": .option("--platform"), "--dry-run": .uploads(false),
    ]

    private static let build: [String: Flag] = run.merging([
        "--artifact-group": .parameter("artifact_group"), "--build-dir": .parameter("build_dir"),
        "--upload": .uploads(true), "--no-upload": .uploads(false),
    ]) { $1 }

    private static let packages: [String: Flag] = run.merging([
        "--input-packages-dir": .packages("packages_dir"), "--artifact-group": .parameter("artifact_group"),
        "--multiarch": .multiarch,
    ]) { $1 }

    private static let manifest: [String: Flag] = run.merging([
        "--dist-dir": .parameter("dist_dir"), "--amdgpu-family": .parameter("amdgpu_family"),
        "--python-version": .parameter("python_version"),
    ]) { $1 }

    private static let report: [String: Flag] = run.merging([
        "--report-path": .parameter("report_dir"), "--log-destination": .logDirectory("subfolder"),
        "--index-file-name": .parameter("index_file_name"),
    ]) { $1 }
}
