import RuleLanguage

/// Imports a recipe of pydicom/deid.
package struct DeidImport {
    package init() {}

    package func convert(_ source: ImportSource) throws(ImportFailure) -> ImportedRules {
        let log = ImportLog()
        let text = ScriptText(file: source.name, bytes: source.bytes)
        if let bad = text.firstBadByte() {
            throw ImportFailure(
                "wrong-encoding", "the bytes from \(bad) on are not UTF-8", at: text.location(at: bad),
                hint: "save the file as UTF-8")
        }
        let recipe = try DeidRecipe(text, log: log)
        var set = ConvertedRuleSet(
            title: "Imported from deid: \(ImportLog.shown(source.baseName))",
            id: ImportedRules.identifier(source.name, "deid"))
        set.preface = [
            "Made by `cordon import deid` of \(ImportLog.shown(source.baseName)). A number in a comment is a line there."
        ]
        if !recipe.actions.isEmpty {
            set.profile = DeidProfile(recipe, log: log)
                .profile(id: "deid", title: "Imported from \(ImportLog.shown(source.baseName))")
        } else {
            for group in [recipe.fieldGroups, recipe.valueGroups] {
                for action in group.values.joined() { log.changed(action.id, "no line of a header uses it") }
            }
            log.remark("the recipe has no header: what its filters do not flag is released as it is")
        }
        set.rules = DeidFilter(log: log).rules(recipe.labels)
        if !set.rules.isEmpty {
            set.labels = [(id: "burned-in-text", meaning: "deid would flag its pixels")]
            log.remark("a study is judged as a whole: one image that deid flags holds back all of its study")
        }
        if set.profile != nil {
            log.remark(
                "what an IOD requires becomes a dummy or empty where deid removes it, and an element that is missing is not added"
            )
            log.remark(
                "images that are likely to have text burned in are sequestered; burned-in=\"pass\" lets them pass")
        }
        return try ImportedRules(set, log: log)
    }
}
