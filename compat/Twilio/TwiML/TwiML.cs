using System.Text;
using System.Xml.Linq;

namespace Twilio.TwiML;

/// <summary>An element of Twilio's instruction language.</summary>
public class TwiML
{
    private readonly string _name;
    private readonly List<TwiML> _children = [];

    private protected TwiML(string name) => _name = name;

    /// <summary>Adds an element inside this one and returns this one.</summary>
    public virtual TwiML Append(TwiML childElem)
    {
        _children.Add(childElem);
        return this;
    }

    /// <summary>The element as a document with declaration, UTF-8; indented unless told otherwise.</summary>
    public string ToString(SaveOptions formattingOptions = SaveOptions.None)
    {
        using var writer = new Utf8Writer();
        new XDocument(new XDeclaration("1.0", "utf-8", null), ToXml()).Save(writer, formattingOptions);
        return writer.ToString();
    }

    private protected virtual string Text => "";

    private protected virtual IEnumerable<(string Name, string? Value)> Attributes => [];

    // Text that is empty is given all the same: the element is then written with an end tag.
    private XElement ToXml() => new(
        _name,
        Text,
        Attributes.Where(attribute => attribute.Value is not null).Select(attribute => new XAttribute(attribute.Name, attribute.Value!)),
        _children.Select(child => child.ToXml()));

    /// <summary>The declaration takes its encoding from the writer.</summary>
    private sealed class Utf8Writer : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
