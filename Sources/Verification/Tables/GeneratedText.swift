/// Tables as text, made by Scripts/generate/verification.py; each is read once, when it is first asked.
enum GeneratedText {}
