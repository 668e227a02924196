import MarkedYAML

extension UploadPlan {
    /// A secret neither comes from the plan nor goes where everybody reads it.
    @Sendable static func checkSecretParameters(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let secrets = plan.parameters.filter(\.isSecret)
        for parameter in secrets {
            for value in parameter.defaults.map(\.value) where !value.value.isEmpty {
                log.error(
                    .publishedSecret, "the default of the secret '\(parameter.name.value)' stands in the plan",
                    at: value.range
                ) { $0.help.append("remove it, and give the value with `env`") }
            }
        }
        let names = Set(secrets.map(\.name.value))
        for (template, place) in plan.publishedTemplates {
            for reference in template.references where names.contains(reference.value) {
                log.warning(
                    .publishedSecret, "\(place) would publish the secret '\(reference.value)'", at: reference.range
                ) { $0.help.append("secrets may be used in `from`, `file`, patterns and conditions") }
            }
        }
    }

    /// What everybody can read who reads the run's outputs.
    private var publishedTemplates: [(template: Template, place: String)] {
        let destinations = rules.flatMap(\.destination.arguments).map { ($0.value, "a key") }
        let properties = rules.flatMap(\.properties.templates).map { ($0, "a property of an object") }
        return destinations + properties + summaryTemplates.map { ($0, "the summary or an output") }
    }
}
