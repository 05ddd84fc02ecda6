using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace JackAutomotive.Tests.Architecture;

/// <summary>Lists what an assembly shows to others: a line for every type, then an indented line for every member, all in order.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(decimal)] = "decimal",
    };

    public static IReadOnlyList<string> Of(Assembly assembly)
    {
        var lines = new List<string>();
        foreach (var type in assembly.GetExportedTypes().OrderBy(FullName, StringComparer.Ordinal))
        {
            lines.Add(Describe(type));
            lines.AddRange(Members(type).Select(member => $"    {member}").Distinct().Order(StringComparer.Ordinal));
        }

        return lines;
    }

    private static string Describe(Type type)
    {
        var kind = type switch
        {
            { IsInterface: true } => "interface",
            { IsEnum: true } => "enum",
            { IsValueType: true } => "struct",
            _ when type.IsSubclassOf(typeof(Delegate)) => "delegate",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        if (kind == "delegate")
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"delegate {Return(invoke)} {FullName(type)}({Parameters(invoke)})";
        }

        var interfaces = kind == "enum" ? [] : NewInterfaces(type);
        var bases = interfaces.Select(contract => Name(contract)).Order(StringComparer.Ordinal).AsEnumerable();
        if (type is { IsClass: true, BaseType: { } parent } && parent != typeof(object))
        {
            bases = bases.Prepend(Name(parent));
        }

        var list = string.Join(", ", bases);
        return $"{kind} {FullName(type)}{(list.Length == 0 ? "" : $" : {list}")}{Constraints(type.GetGenericArguments())}";
    }

    /// <summary>Without those that the base type or another of the interfaces brings along.</summary>
    private static IEnumerable<Type> NewInterfaces(Type type)
    {
        var all = type.GetInterfaces().Where(contract => contract.IsVisible).ToList();
        return all.Except(all.SelectMany(contract => contract.GetInterfaces())).Except(type.BaseType?.GetInterfaces() ?? []);
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsSubclassOf(typeof(Delegate)))
        {
            return [];
        }

        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Enum.Format(type, Enum.Parse(type, name), "D")}");
        }

        return type.GetConstructors(Declared).Where(IsVisible).Select(Describe)
            .Concat(type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(Describe))
            .Concat(type.GetProperties(Declared).Where(property => property.GetAccessors(true).Any(IsVisible)).Select(Describe))
            .Concat(type.GetEvents(Declared).Where(e => IsVisible(e.AddMethod!)).Select(e => $"event {Name(e.EventHandlerType!)} {e.Name}"))
            .Concat(type.GetMethods(Declared).Where(IsListed).Select(Describe));
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>
    /// Overrides of what every object has say nothing, and what the compiler makes of records and extension blocks has no name.
    /// </summary>
    private static bool IsListed(MethodInfo method) =>
        IsVisible(method)
        && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
        && !method.Name.StartsWith('<')
        && method.GetBaseDefinition().DeclaringType != typeof(object);

    private static string Describe(ConstructorInfo constructor) =>
        $"{Access(constructor)}{Plain(constructor.DeclaringType!.Name)}({Parameters(constructor)})";

    private static string Describe(FieldInfo field)
    {
        var access = field.IsPublic ? "" : "protected ";
        var modifier = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        var value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue())}" : "";
        return $"{access}{modifier}{Name(field.FieldType, new NullabilityInfoContext().Create(field))} {field.Name}{value}";
    }

    private static string Describe(PropertyInfo property)
    {
        var accessors = property.GetAccessors(true).Where(IsVisible).ToList();
        var widest = accessors.FirstOrDefault(accessor => accessor.IsPublic) ?? accessors[0];
        var text = new StringBuilder(Access(widest)).Append(Modifiers(widest));
        text.Append(Name(property.PropertyType, new NullabilityInfoContext().Create(property)));
        text.Append(' ').Append(property.Name).Append(" { ");
        if (property.GetMethod is { } get && accessors.Contains(get))
        {
            text.Append(get.IsPublic == widest.IsPublic ? "" : "protected ").Append("get; ");
        }

        if (property.SetMethod is { } set && accessors.Contains(set))
        {
            var isInit = set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
            text.Append(set.IsPublic == widest.IsPublic ? "" : "protected ").Append(isInit ? "init; " : "set; ");
        }

        return text.Append('}').ToString();
    }

    private static string Describe(MethodInfo method)
    {
        var arguments = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        var signature = $"{Return(method)} {method.Name}{ArgumentNames(arguments)}({Parameters(method)}){Constraints(arguments)}";
        return $"{Access(method)}{Modifiers(method)}{signature}";
    }

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method) => method switch
    {
        { DeclaringType.IsInterface: true, IsAbstract: true } => "",
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        _ when method.GetBaseDefinition() != method => "override ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    };

    private static string Return(MethodInfo method) => Name(method.ReturnType, new NullabilityInfoContext().Create(method.ReturnParameter));

    private static string Parameters(MethodBase method)
    {
        var isExtension = method.IsDefined(typeof(ExtensionAttribute));
        return string.Join(", ", method.GetParameters().Select(parameter =>
        {
            var prefix = parameter switch
            {
                { Position: 0 } when isExtension => "this ",
                { IsOut: true } => "out ",
                { IsIn: true, ParameterType.IsByRef: true } => "in ",
                { ParameterType.IsByRef: true } => "ref ",
                _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
                _ => "",
            };
            var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
            var name = Name(type, parameter.ParameterType.IsByRef ? null : new NullabilityInfoContext().Create(parameter));
            return $"{prefix}{name} {parameter.Name}{(parameter.HasDefaultValue ? $" = {DefaultOf(parameter)}" : "")}";
        }));
    }

    private static string Constraints(Type[] arguments) =>
        string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
        {
            var list = string.Join(", ", ConstraintsOf(argument));
            return list.Length == 0 ? "" : $" where {argument.Name} : {list}";
        }));

    private static IEnumerable<string> ConstraintsOf(Type argument)
    {
        var attributes = argument.GenericParameterAttributes;
        var isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var types = argument.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(type => Name(type));
        return [
            .. isStruct ? ["struct"] : Array.Empty<string>(),
            .. attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class"] : Array.Empty<string>(),
            .. types.Order(StringComparer.Ordinal),
            .. attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct ? ["new()"] : Array.Empty<string>(),
        ];
    }

    private static string DefaultOf(ParameterInfo parameter)
    {
        var isStructure = parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null;
        return parameter.RawDefaultValue is null && isStructure ? "default" : Literal(parameter.RawDefaultValue);
    }

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "default",
    };

    private static string Name(Type type, NullabilityInfo? nullability = null)
    {
        var isNullable = nullability is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable };
        var mark = isNullable && !type.IsValueType && !type.IsGenericParameter ? "?" : "";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return $"{Name(underlying)}?";
        }

        if (s_keywords.TryGetValue(type, out var keyword))
        {
            return keyword + mark;
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!, nullability?.ElementType)}[]{mark}";
        }

        if (!type.IsGenericType)
        {
            return type.Name + mark;
        }

        var arguments = type.GetGenericArguments()
            .Select((argument, index) => Name(argument, nullability?.GenericTypeArguments.ElementAtOrDefault(index)));
        return $"{Plain(type.Name)}<{string.Join(", ", arguments)}>{mark}";
    }

    private static string FullName(Type type)
    {
        var name = type.DeclaringType is { } outer ? $"{FullName(outer)}.{Plain(type.Name)}" : $"{type.Namespace}.{Plain(type.Name)}";
        return name + (type.IsGenericTypeDefinition ? ArgumentNames(type.GetGenericArguments()) : "");
    }

    private static string ArgumentNames(Type[] arguments) =>
        arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(argument => argument.Name))}>";

    private static string Plain(string name) => name.Split('`')[0];
}
