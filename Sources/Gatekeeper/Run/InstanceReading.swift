import DICOMCore
import DICOMEncoding
import DICOMFile
import Inputs
import RuleEngine

/// An input read as DICOM, once in each pass, in the same way.
enum InstanceReading {
    case instance(DICOMFile, Evaluation)
    /// DICOM, or called so, that cannot be read to its end: it is sequestered, for nobody knows what is in it. What its
    /// beginning says counts for its study; nil when there is none.
    case unreadable(ParseError, beginning: Evaluation?)
    /// Something else, which is left alone.
    case notDICOM

    /// - Parameters:
    ///   - key: makes an instance without a readable study a study of its own.
    ///   - selection: all that will be asked of the data set: by the evaluator (`Evaluator.selection`) and by the caller.
    ///   - registry: nil where there is none, so that what rules ask of it is unknown.
    init(
        _ input: OpenedInput, name: InputName, key: @autoclosure () -> InputKey,
        selection: ElementSelection = .everything,
        evaluator: Evaluator, registry: (any RegistryAccess)?
    ) throws(RunError) {
        func evaluation(of file: DICOMFile) throws(RunError) -> Evaluation {
            var evaluation = evaluator.evaluate(file, known: try registry?.knowledge(of: file))
            evaluation.study.fallback = evaluation.study.uid == nil ? key().text : ""
            return evaluation
        }
        let file: DICOMFile
        do throws(ParseError) {
            file = try input.file(selection)
        } catch {
            if error.code == .notDICOM, !name.promisesDICOM {
                self = .notDICOM
            } else {
                var beginning: Evaluation?
                if let file = input.beginning() { beginning = try evaluation(of: file).ofBeginning }
                self = .unreadable(error, beginning: beginning)
            }
            return
        }
        self = .instance(file, try evaluation(of: file))
    }
}
