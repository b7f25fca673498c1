internal import Host
internal import Inputs

/// Small pictures, for programs.
enum PictureInterface {
    static let routes: [ConsoleRoute] = [
        .reading(
            "/studies/{study}/pictures/{instance}/{frame}", .seeStudies,
            Operation(
                "getPicture", "studies",
                "A small picture of a frame (`first`, `middle`) of an instance, by its digest, for those who see the patient. 404 where there is none. Each look is on the custody log.",
                query: [.init("text", .oneOf(["yes"]), "Looks for text, and draws boxes around it.")],
                answer: .file("image/png"), covers: ["GET /studies/{study}/pictures/{instance}/{frame}"])
        ) { exchange in
            switch try PicturePages.picture(exchange) {
            case .success(let bytes): return ConsoleAnswer(type: "image/png", bytes)
            case .failure(let missing):
                throw ConsoleProblem(404, "There is no picture", ConsoleResponder.sentence(missing.reason))
            }
        }
    ]
}
