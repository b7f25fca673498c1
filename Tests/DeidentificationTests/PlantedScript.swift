/// Invented names and words of reports in a character set.
struct PlantedScript: Sendable {
    var terms: [String]
    var family: [String]
    var given: [String]
    var words: [String]

    static let all = [
        PlantedScript(
            terms: ["ISO_IR 100"],
            family: ["Müller", "O'Brannigan", "García-Estrómboli", "Vandersloot", "Åkesson", "Größe"],
            given: ["Jürgen", "Siobhán", "Inés", "Maximiliane", "Renée", "Þórdís"],
            words: ["lesion", "gros", "stable", "régulier", "contrast", "año", "kidney", "thick"]),
        PlantedScript(
            terms: ["ISO_IR 101"], family: ["Zimmermannová", "Łukasiewicz", "Dvořák", "Kőszegi"],
            given: ["Ludmila", "Zdeněk", "Świętosław"],
            words: ["ledvina", "żebro", "prostata", "zlomenina", "nález"]),
        PlantedScript(
            terms: ["ISO_IR 144"], family: ["Вересаев", "Щедрин", "Толбухин"],
            given: ["Платон", "Ефросинья", "Георгий"],
            words: ["печень", "норма", "лёгкие", "образование", "почка"]),
        PlantedScript(
            terms: ["ISO_IR 126"], family: ["Παπαδόπουλος", "Οικονόμου"], given: ["Γιώργος", "Ελευθερία"],
            words: ["ήπαρ", "νεφρός", "φυσιολογικό", "πνεύμονας"]),
        PlantedScript(
            terms: ["ISO_IR 138"], family: ["אברמוביץ", "רבינוביץ"], given: ["שמואל", "אלישבע"],
            words: ["כבד", "תקין", "ריאות", "ממצא"]),
        PlantedScript(
            terms: ["ISO_IR 127"], family: ["الشريف", "القحطاني"], given: ["عبدالله", "فاطمة"],
            words: ["الكبد", "طبيعي", "الرئة"]),
        PlantedScript(
            terms: ["", "ISO 2022 IR 87"], family: ["山城", "長谷川", "Yamashiro"], given: ["健太郎", "由美子", "Kentarou"],
            words: ["肝臓", "正常", "liver", "所見"]),
        PlantedScript(
            terms: ["", "ISO 2022 IR 149"], family: ["황보", "남궁", "Hwangbo"], given: ["승민", "지혜", "Seungmin"],
            words: ["정상", "폐", "liver"]),
        PlantedScript(
            terms: ["GB18030"], family: ["文昭", "欧阳", "Wenzhao"], given: ["丽华", "建国", "Lihua"],
            words: ["肝脏", "正常", "kidney"]),
        PlantedScript(
            terms: ["", "ISO 2022 IR 58"], family: ["王小", "司马"], given: ["东海", "丽华"], words: ["肝", "正常", "scan"]),
        PlantedScript(terms: ["ISO_IR 166"], family: ["ใจดีมาก"], given: ["สมชาย"], words: ["ตับ", "ปกติ"]),
        PlantedScript(
            terms: ["ISO_IR 192"], family: ["Nguyễn", "Ólafsdóttir", "Şahin"], given: ["Thảo", "Ægir", "Çağrı"],
            words: ["gan", "bình", "lifur", "böbrek"]),
        PlantedScript(
            terms: ["ISO_IR 109"], family: ["Ĉapelisto", "Ħamrun"], given: ["Ĝoĵo", "Ġorġina"],
            words: ["hepato", "ŝvelo", "norma", "reno"]),
        PlantedScript(
            terms: ["ISO_IR 110"], family: ["Šķēdene", "Ļubavičs"], given: ["Ģirts", "Ķērsta"],
            words: ["aknas", "ļaundabīgs", "norma", "niere"]),
        PlantedScript(
            terms: ["ISO_IR 148"], family: ["Şahinoğlu", "Yıldırım"], given: ["Çağrı", "Gülşen"],
            words: ["karaciğer", "böbrek", "normal"]),
        PlantedScript(
            terms: ["ISO_IR 203"], family: ["Œrsted", "Žižková"], given: ["Maëlle", "Šárka"],
            words: ["foie", "cœur", "œdème", "ž€"]),
        PlantedScript(
            terms: ["ISO_IR 13"], family: ["ﾔﾏﾀﾞ", "Yamada"], given: ["ﾀﾛｳ", "Hanako"], words: ["ｶﾝｿﾞｳ", "liver", "ｼﾞﾝ"]),
        PlantedScript(
            terms: ["GBK"], family: ["文昭", "歐陽", "Wenzhao"], given: ["丽华", "建國", "Lihua"],
            words: ["肝脏", "正常", "kidney"]),
        PlantedScript(
            terms: ["", "ISO 2022 IR 87", "ISO 2022 IR 159"], family: ["丂丄", "山城"], given: ["健太郎", "丄丅"],
            words: ["肝臓", "丅丂", "liver"]),
        PlantedScript(
            terms: ["ISO 2022 IR 13", "ISO 2022 IR 87"], family: ["ﾔﾏｼﾛ", "山城"], given: ["健太郎", "ｹﾝﾀﾛｳ"],
            words: ["肝臓", "ｶﾝｿﾞｳ", "liver"]),
        PlantedScript(
            terms: ["ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 126"], family: ["Müllerin", "Вересаев"],
            given: ["Платон", "Ελευθερία", "Jürgen"], words: ["größer", "печень", "ήπαρ"]),
        PlantedScript(
            terms: ["ISO 2022 IR 6", "ISO 2022 IR 127", "ISO 2022 IR 138"], family: ["الشريف", "אברמוביץ"],
            given: ["שמואל", "عبدالله"], words: ["liver", "תקין", "طبيعي"]),
        PlantedScript(
            terms: [], family: ["Vandersloot", "O'Brannigan"], given: ["Maximiliane", "Siobhan"],
            words: ["lesion", "stable", "kidney"]),
    ]
}
