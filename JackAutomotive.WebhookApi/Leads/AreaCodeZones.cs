using System.Collections.Frozen;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>
/// The time zones of area codes of North America that reach over a zone's border, and of those that the library knows only in part. The
/// library knows the zone of many exchanges, but a number can move within its area code, so all zones of the area code count.
/// Source: NANPA's maps of area codes against the zone borders of 49 CFR 71 and of the Canadian provinces. The library's own data by exchange
/// name the same area codes, but not their overlays.
/// </summary>
internal static class AreaCodeZones
{
    private const string Newfoundland = "America/St_Johns";
    private const string Atlantic = "America/Halifax";
    private const string Eastern = "America/New_York";
    private const string Toronto = "America/Toronto";
    private const string Central = "America/Chicago";
    private const string Winnipeg = "America/Winnipeg";
    private const string Mountain = "America/Denver";
    private const string Edmonton = "America/Edmonton";
    private const string Arizona = "America/Phoenix";
    private const string Pacific = "America/Los_Angeles";
    private const string Vancouver = "America/Vancouver";

    // Atlantic time without daylight saving time.
    private const string BlancSablon = "America/Blanc-Sablon";

    // Eastern time without daylight saving time.
    private const string Atikokan = "America/Atikokan";

    // The Kootenays have Alberta's time or Mountain time without daylight saving time, and so has the Peace River country.
    private static readonly string[] s_britishColumbia =
        [Vancouver, Edmonton, "America/Creston", "America/Dawson_Creek", "America/Fort_Nelson"];

    // Lloydminster has Alberta's time.
    private static readonly string[] s_saskatchewan = ["America/Regina", Edmonton];

    private static readonly FrozenDictionary<string, string[]> s_zones = new Dictionary<string, string[]>
    {
        ["208"] = [Mountain, Pacific], // Idaho; 986 is its overlay
        ["986"] = [Mountain, Pacific],
        ["219"] = [Central, Eastern], // Indiana, north-west
        ["270"] = [Central, Eastern], // Kentucky, west; overlay 364
        ["364"] = [Central, Eastern],
        ["308"] = [Central, Mountain], // Nebraska, west
        ["423"] = [Eastern, Central], // Tennessee, east: Bledsoe, Marion and Sequatchie counties
        ["541"] = [Pacific, Mountain], // Oregon: Malheur county; overlay 458
        ["458"] = [Pacific, Mountain],
        ["574"] = [Eastern, Central], // Indiana: Starke county
        ["605"] = [Central, Mountain], // South Dakota
        ["606"] = [Eastern, Central], // Kentucky, east: Clinton county
        ["620"] = [Central, Mountain], // Kansas: Greeley and Hamilton counties
        ["701"] = [Central, Mountain], // North Dakota
        ["775"] = [Pacific, Mountain], // Nevada: West Wendover
        ["785"] = [Central, Mountain], // Kansas: Sherman and Wallace counties
        ["812"] = [Eastern, Central], // Indiana, south; overlay 930
        ["930"] = [Eastern, Central],
        ["850"] = [Central, Eastern], // Florida panhandle; overlay 448
        ["448"] = [Central, Eastern],
        ["906"] = [Eastern, Central], // Michigan, upper peninsula
        ["907"] = ["America/Anchorage", "America/Adak"], // Alaska
        ["928"] = [Arizona, Mountain], // Arizona: the Navajo Nation has daylight saving time

        ["250"] = s_britishColumbia, // the others are overlays of the whole province
        ["236"] = s_britishColumbia,
        ["257"] = s_britishColumbia,
        ["672"] = s_britishColumbia,
        ["778"] = s_britishColumbia,
        ["306"] = s_saskatchewan,
        ["474"] = s_saskatchewan,
        ["639"] = s_saskatchewan,
        ["418"] = [Toronto, Atlantic, BlancSablon], // Quebec, east: Magdalen Islands, lower North Shore; overlays 367 and 581
        ["367"] = [Toronto, Atlantic, BlancSablon],
        ["581"] = [Toronto, Atlantic, BlancSablon],
        ["709"] = [Newfoundland, "America/Goose_Bay"], // overlay 879
        ["879"] = [Newfoundland, "America/Goose_Bay"],
        ["807"] = [Toronto, Winnipeg, Atikokan], // Ontario, north-west
        ["867"] = ["America/Whitehorse", Edmonton, Winnipeg, Atikokan, Toronto], // the territories

        ["340"] = ["America/St_Thomas"],
        ["472"] = [Eastern],
        ["670"] = ["Pacific/Saipan"],
        ["671"] = ["Pacific/Guam"],
        ["983"] = [Mountain],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The zones of the contiguous United States. Daylight saving time makes Arizona a zone of its own.</summary>
    public static IReadOnlyList<string> ContiguousUnitedStates { get; } = [Eastern, Central, Mountain, Arizona, Pacific];

    /// <summary>Returns the zones of an area code; null if the library's zone is right.</summary>
    public static IReadOnlyList<string>? Find(string areaCode) => s_zones.GetValueOrDefault(areaCode);
}
