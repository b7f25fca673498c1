/// The year by which ages of different units are compared.
public enum MeanYear {
    /// Of the Gregorian calendar, over its cycle of 400 years. A month is a twelfth of it.
    public static let days = 365.2425
}
