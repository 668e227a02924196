/// The checks, by stable code: a message may be reworded freely, its code stays.
public enum DiagnosticCode: String, CaseIterable, Hashable, Sendable {
    // What the text is.
    case syntax = "TU001"
    case unknownKey = "TU002"
    case wrongKind = "TU003"
    case missingKey = "TU004"
    case illegalValue = "TU005"
    case illegalName = "TU006"
    case unsupportedTag = "TU007"
    case unreadableFile = "TU008"
    case unknownName = "TU009"

    // What names mean.
    case oneSourceOnly = "TU010"
    case unknownTerm = "TU011"
    case missingArgument = "TU012"
    case superfluousArgument = "TU013"
    case illegalArgument = "TU014"
    case wrongTermKind = "TU015"
    case interpolation = "TU016"
    case unknownParameter = "TU017"
    case unknownRule = "TU018"
    case cycle = "TU019"
    case pattern = "TU020"
    case contradictoryField = "TU021"
    case impossibleCondition = "TU022"
    case repeatedEntry = "TU023"
    case unknownReference = "TU024"

    // What a run gives.
    case noValue = "TU030"
    case emptyValue = "TU031"
    case illegalPathValue = "TU032"
    case valueNotListed = "TU033"
    case unknownSetting = "TU034"
    case missingPath = "TU035"
    case runContext = "TU036"
    case bucketPolicy = "TU037"
    case commandLine = "TU038"

    // What the build tree gives.
    case collision = "TU040"
    case caseCollision = "TU041"
    case planTest = "TU043"
    case likelySecret = "TU044"
    case leftover = "TU045"

    // Warnings.
    case unusedParameter = "TU050"
    case patternNeverMatches = "TU051"
    case normalizationTwins = "TU052"
    case nameAndFormat = "TU053"
    case shadowedRule = "TU054"
    case uselessExclude = "TU055"
    case flattenMayCollide = "TU056"
    case nothingSelected = "TU057"

    // What looks right and does something else.
    case patternAsPath = "TU060"
    case unexpandedPath = "TU061"
    case negatedPattern = "TU062"
    case contradictedExpectation = "TU063"
    case refusedProperty = "TU064"
    case publishedSecret = "TU065"

    // What a run must hold.
    case listExpected = "TU070"
    case requiresNothing = "TU071"
    case requirementTest = "TU072"
    case missingOutput = "TU073"

    // What a layout leaves open.
    case layoutReference = "TU080"
    case placesMeet = "TU081"
    case runsMeet = "TU082"
    case layoutPath = "TU083"
    case fileNaming = "TU084"
}
