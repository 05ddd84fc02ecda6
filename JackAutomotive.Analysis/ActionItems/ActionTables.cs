using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>The phrases that speak of something to do. A statement is a lead-in ("can you", "I'll") and an action ("send me").</summary>
internal static class ActionTables
{
    /// <summary>Lead-ins of the customer.</summary>
    public static readonly LeadIn[] CustomerLeadIns =
    [
        .. Read(Mood.Commitment, true, """
            i'll|we'll gladly|also|just|then|probably|still|definitely|have? to?
            i|we will also|just|then|probably|still|definitely?
            i'm|we're going_to|gonna
            i|we am|are going to
            i'm|we're going to
            i|we can|could
            i|we should be? able? to?
            i|we plan|intend|promise to|on
            i'm|we're planning|looking|trying to|on
            i'd|we'd like|love to
            i|we want|wanna to?
            going_to
            will
            i|we gotta|need|have|got to|go?
            let_me
            let me
            voy|vamos a
            yo le|te|lo|la|se|los?
            """),
        .. Read(Mood.Proposal, true, """
            can|could|may i|we
            mind|okay|ok if i|we
            is it ok|okay|alright if i|we
            puedo|podemos
            """),
        .. Read(Mood.Request, false, """
            can|could|will|would you|y'all|somebody|someone|they|he|she|guys please|just|maybe?
            can|could|will|would one of you
            can|could|would someone|somebody|anybody|anyone|your|ur|the|one|mr|mrs|a *
            would|do you mind
            mind
            any|is chance|way there? a? chance|way? you|someone|somebody can|could
            is there any|a chance|way you|someone|somebody can|could
            any chance|way of? you|someone|somebody? can|could|to?
            i'd|we'd|would appreciate it? if you|someone? could|would?
            think you can|could
            i|we need|want|would|'d|could like|use?
            can|could|may i|we get|have|see|grab
            can|could i|we please get|have
            i'm|we're expecting|waiting for|on|to?
            looking for
            can|could i|we get|have you|someone|somebody|him|her to
            have|get|tell|let him|her|them|somebody|someone|anyone to?
            have|get|tell|ask * to?
            i|we need|want|'d you|somebody|someone|him|her|them|the to?
            i'd|we'd like you|somebody|someone|him|her|them|the to
            please
            just
            go ahead and
            i|we want|need|would|'d like? to? have?
            me puede|puedes|podria|podrias|pueden
            nos puede|puedes
            puede|puedes|podria|pueden
            quiero|necesito que me|nos|lo|la?
            por favor
            """),
    ];

    /// <summary>Lead-ins of the dealership.</summary>
    public static readonly LeadIn[] DealershipLeadIns =
    [
        .. Read(Mood.Proposal, true, """
            want|wanna me|us|him|her|them to|going_to?
            want|wanna someone|somebody to?
            do you want|need me|us|someone|somebody|him|her to
            would|did|do you like|want|prefer? me|us|someone|somebody|our to?
            would|do you like|want our|the|a|one * to
            would|do|did you like|want|need
            should|shall|can|could|may i|we have|go|ahead|also|just?
            should|shall|can|could i|we have * 
            is it|that ok|okay|alright|fine if i|we
            mind|okay|ok|cool if i|we
            i|we can|could also|definitely|have?
            i|we can|could have *
            i'd|we'd be happy|glad to
            happy|glad to
            how about i|we
            what if i|we
            quiere|quieres que le|te|lo|la?
            """),
        .. Read(Mood.Commitment, true, """
            i'll|we'll also|just|then|definitely|still|personally|go|ahead|and?
            i'll|we'll|i|we have|get|ask|tell *
            i'll|we'll have|get|ask|tell
            i|we will also|just|still?
            i'm|we're going_to|gonna
            i|we am|are going to
            i'm|we're going to
            i'm|we're
            i|we need to
            i've|we've got
            i'd|we'd be happy|glad to
            i|we promise|plan to
            you|expect can|should|will? expect
            expect
            look|watch out for
            let_me
            let me go?
            he'll|she'll|they'll|someone|somebody|it'll
            * will|'ll
            there'll|there will? be
            voy|vamos a
            le|te|les|se lo|la|los|las?
            le|te|les pido|pedire que lo|la|le|te?
            """),
        .. Read(Mood.Proposal, false, """
            can|could|would|will you also|please|maybe|just|still|be|able|to?
            would|do|did|are you like|want|able|free|available|going|coming|planning|wanting to
            would|do|did you like|want to
            do you wanna
            want|wanna|ready|able|interested|free to?
            when|what time|day? can|could|would|do|are|will you like|want|able|free|be|think|planning? to|on?
            when do you think you can|could|might|will
            are you free|available|able|up for|to
            how soon can|could you
            think you can|could
            why don't you
            puede|puedes|podria|quiere|quieres|pueden|gusta|gustaria
            cuando puede|puedes|pueden|quiere|gusta
            """),
        .. Read(Mood.Request, false, """
            please
            just
            you'll need|want|have|just|also to?
            you'd|you just|only? need|have to? 
            you'll|you'd just|also need|want to
            we'll|we'd|we|they|lender|bank'll just|still|also? need|want|require|like you? to?
            all we|i|they need|needs is|are
            make sure you|to
            be sure to
            go ahead and
            don't forget to
            remember to
            if you can|could
            you can
            all you|i need|have|is|to * to
            and|also|then
            por favor
            """),
    ];

    /// <summary>Actions that the dealership does for the customer.</summary>
    public static readonly ActionWords[] StaffActions =
    [
        .. Actions(ActionKind.Call, """
            call|phone|ring|buzz|dial|reach|contact me|you|us|him|her|my|back|later|again|tomorrow|at|in|on|this|monday|tuesday|wednesday|thursday|friday|saturday|sunday|around|about|after|before|tonight|the
            call|phone|callback
            calling|texting|reaching you|me|out|back
            a call|callback|ring
            give|giving me|you|us|him|her a|the call|ring|buzz|shout|holler|callback
            reach|check|follow|touch|circle|hit me|you|in|back|out|up|base
            get back|ahold|hold to|of|with me|you|us
            try me|you|us back|again?
            check in|back
            llame|llamar|llamarme|marcarme|marcar|llamarle|llamarlo|llamarla|hablarme|marque
            llamo manana|hoy|el|a|en|esta|luego|despues|ahorita
            """),
        .. Actions(ActionKind.Send, """
            sending|texting|emailing|forwarding you|it|that|them|those|the|over|a
            sent|texted|emailed|mailed over|to|you|out
            pass|passing it|that|this along|on
            let him|her|them|the|my|our * know
            let mike|our|everyone|service|finance|sales know
            send|text|email|e-mail|mail|forward|fax|message|shoot|mandar|mandarme|enviar|enviarme|mande|envie|mando|envio|manda|mandas|textear|texteame
            sent|mailed|texted|emailed over|out|to?
            drop me|you a
            let me|you|us know
            give|get me|you|us the|a|an|that|your|some
            have a|an|the|your|those|them|it|firm * for|over|out|to|sent you|to?
            a|the|some|our|your|that * reminder|quote|copy|link|video|photos|pictures|list|directions|address|brochure|info|details|numbers|records|report|specials
            get that|it|those|them|this to|over|out|sent to?
            send
            have|get|an answer
            quote|remind me|you
            show me|you the|some|what
            photos|pictures|quote|copy|link|address|video|carfax|directions|breakdown|numbers|vin|details|info
            the|a|some|more|an|that * photos|pictures|quote|copy|link|address|video|carfax|directions|breakdown|numbers|vin|details|info|report
            """),
        .. Actions(ActionKind.Hold, """
            hold|save|reserve it|that|the|this|one|them|on|him|her|your|my|a
            put|set it|that|the|this|one|a|your * aside|hold|back
            set|put aside
            put a hold
            hold
            apartar|apartarlo|apartarla|apartarmelo|guardar
            """),
        .. Actions(ActionKind.Check, """
            check|verify|confirm|ask|see|look|find|pull|run|figure|double-check|research|investigate|compare|appraise
            talk|speak to|with
            get|grab the|your|a|an * numbers|payoff|answer|price|quote|info|report
            take a look
            know|answer by
            revisar|checar|verificar|averiguar|preguntar
            """),
        .. Actions(ActionKind.Prepare, """
            set|line|pull|write|draw|print|clean|gas|warm|have|get|make|put it|that|the|this|a|an|up|you|your|everything|together|some|them|sure|pulled|ready|papers|paperwork
            schedule|book|arrange|prepare|detail|order|transfer|bring|add|install|fix|repair|submit|process
            a|an|the|your * ready|waiting|reserved
            be|get ready|printed|waiting
            agendar|preparar|apuntar|anotar|tener|tengo
            """),
        .. Actions(ActionKind.Remove, """
            take|remove|pull|delete|scrub|get this|that|your|my|the|you|me|it * off|from|out
            remove|delete
            """),
        .. Actions(ActionKind.Other, "{do}"),
    ];

    /// <summary>Actions that the customer does.</summary>
    public static readonly ActionWords[] CustomerActions =
    [
        .. Actions(ActionKind.Visit, """
            come|swing|stop|drop|head|drive|pop|roll|run|go|pass|walk in|by|over|down|out|up|there|back|around|here|through|to|at|see|on|tomorrow|saturday
            be|get|make it? in|there|at|by|over|out|down
            make it
            coming|swinging|stopping|heading|dropping|driving in|by|over|down|out|up|back|through|there|tomorrow|on|at|today|to
            do tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tonight|morning|afternoon|noon|that|this|next
            an|a appointment|appt
            meet you|with|me|him|her|y'all
            a|the * visit|test|drive
            see|look|try|check it|at|the|that|out|one|this|her|him
            pick it|up|the|that|her|him
            take a|another * look
            come|visit|test-drive
            take it|one|her|him|the|this|that for|out
            set|schedule|book|make|arrange up? a|an|the|another? time|appointment|visit|test|slot|drive
            see you|it|the|y'all
            venir|vengo|pasar|paso|ir|voy|llegar|llego|visitarnos|visitar|verla|verlo|manejarla|manejarlo|caer|caigo
            """),
        .. Actions(ActionKind.Bring, """
            bring|grab|dig|carry my|the|a|your|it|in|proof|along|copies|up|two|both|that|those|them|everything|all|license|pay|me|last|down
            have|get my|the|your|it|that|those stubs|stub|proof|title|license|paperwork|check|letter|bill
            bring
            traer|traigo|traiga|trae|llevar|llevo|lleve|traerlo|traerla|trae
            """),
        .. Actions(ActionKind.Call, """
            call|phone|ring you|us|me|back|y'all|when|in|after|at|tomorrow|later
            give you|us|me a call|ring|shout|buzz
            get back to|with you|us|me
            hit you|us|me up|back
            let you|us|me know
            llamar|llamo|marco|aviso|llamarle
            """),
        .. Actions(ActionKind.Send, """
            send|text|email|e-mail|mail|forward|fax|upload|shoot|submit|get|drop|provide|bring off? you|us|me|it|that|them|the|a|my|over|your|those|to|proof|in|off|copies|copy|both|photos|pictures|everything|all|one|another|two|three|some
            have it|that|them|those|the|my|everything * to|for|over you|us|me
            take|snap a|some * picture|pictures|photo|photos
            send|upload|email|submit
            mandar|mandarle|mando|enviar|envio|manda|mandame|subir
            """),
        .. Actions(ActionKind.Form, """
            fill|finish|complete|sign|submit|start|apply out|up|the|it|that|a|an|for|online|your|my|form|application|paperwork|papers|through
            do the|that|your|an|it? application|form|paperwork|online
            sign|apply
            firmar|llenar|aplicar
            """),
        .. Actions(ActionKind.Pay, """
            pay|put|drop|send|leave|wire the|a|my|down|it|that|your|half|off|deposit|you * deposit|down|payment|250|500
            pay|deposit
            pagar|depositar
            """),
        .. Actions(ActionKind.Check, """
            talk|speak|check|ask|discuss|look|find|run|double-check to|with|my|it|the|over|at|into|out|by|if|what|on|your
            hablar|preguntar|checar|consultar
            """),
        .. Actions(ActionKind.Other, "{do}"),
    ];

    /// <summary>Requests of the customer that need no lead-in.</summary>
    public static readonly ActionWords[] CustomerRequests =
    [
        .. Actions(ActionKind.Call, """
            call|phone|ring|buzz|try|reach|contact me|us back|again?
            call back
            give me|us a|one call|ring|buzz|shout|callback|holler
            hit me up|back
            get back|ahold|hold to|of|with me|us
            reach|touch|follow|check|circle|hit out|base|up|in|back me|with? me|us?
            call tonight|tomorrow|today|before|after|at|on|around|in|monday|tuesday|wednesday|thursday|friday|saturday|sunday
            callback please|at|after|tomorrow|in
            llamame|llameme|marcame|marqueme|llamenme|hableme|hablame|llamanos
            quiero|necesito que me llame|llamen|marque|hable
            """),
        .. Actions(ActionKind.Send, """
            send|text|email|e-mail|mail|forward|shoot|fax|message|show me|us|it|them|that|the|over|those|some|em|a|pictures|photos|video
            drop me|us a
            let me|us know
            get me|us the|a|some|that
            mandame|mandeme|mandemelo|mandamelo|mandemelos|mandamelos|enviame|envieme|pasame|paseme|mandenme|texteame|mandeme
            """),
        .. Actions(ActionKind.Hold, """
            hold it|that|the|this|one|onto|on
            save|put|set it|that|the|one * for|aside|hold me?
            apartame|apartemela|apartemelo|guardame|guardemela
            """),
        .. Actions(ActionKind.Check, """
            find out
            look into
            ask your|the|him|her|them
            check on|with|if|the|your
            see what|if|about * can|could|would
            """),
        .. Actions(ActionKind.Prepare, """
            set up|me a|an|up?
            have it|the|everything * ready
            get it|the|everything * ready
            """),
    ];

    /// <summary>Requests of the dealership that need no lead-in.</summary>
    public static readonly ActionWords[] DealershipRequests =
    [
        .. Actions(ActionKind.Bring, """
            bring your|the|a|along|both|two|proof|copies|that|it|license|any|those|pay|everything
            traiga|trae|traigame su|tu|el|la|sus|tus?
            """),
        .. Actions(ActionKind.Send, """
            send|text|email|upload|forward|snap|shoot me|us|a|the|your|over|it|photo|pictures|copy|proof|that
            """),
        .. Actions(ActionKind.Form, """
            fill|finish|sign out|up|the|it|that * form|application|paperwork|papers|link
            """),
        .. Actions(ActionKind.Call, """
            call|ring me|us when|as|once|before|by|at
            """),
    ];

    /// <summary>Statements of the customer that leave out who acts: "coming by at four", "on my way".</summary>
    public static readonly ActionWords[] CustomerPlans =
    [
        .. Actions(ActionKind.Visit, """
            coming|swinging|stopping|heading|driving in|by|over|down|out|up|back|there|tomorrow|on|at|today|to
            on my|our way
            omw
            see you|y'all tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|then|at|tonight|soon|on|in|around
            be there|in|by|over at|around|by|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|in|after|before|soon|tonight
            put|pencil|sign|mark|book|count me|us down|in|up|for
            let's meet
            paso|vengo|caigo|llego|voy el|a|manana|hoy|por|en|como|esta|al|ese
            let's do|say|make|plan|go tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|it|for|on|noon|that|the|next|this|with
            how|what about tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|noon|at|this|next|the
            ahi estare|llego|nos
            nos vemos
            alla llego|voy|nos
        """),
        .. Actions(ActionKind.Send, """
            sending|emailing|texting|uploading it|them|that|now|over|you|the|my|those
        """),
        .. Actions(ActionKind.Bring, """
            bringing my|the|a|it|everything|them|both
        """),
    ];

    /// <summary>Words of the dealership that ask for a visit without naming who comes.</summary>
    public static readonly Phrase[] VisitProposals = Phrase.ParseLines("""
        set|setting up|you up? a|an? time|appointment|visit|test|slot|drive
        book|schedule a|an|another? time|appointment|visit|test|slot|drive
        come in|by|see|down|take|drive|look|back|over|out|get|to
        stop|swing in|by
        take it|one|a|her for|out|look|test
        when|what|which time|day? works|work|suits|would
        venir|pasar|visitarnos
        try it out
        see it|the|them|her
        """);

    private static IEnumerable<LeadIn> Read(Mood mood, bool isOwnAction, string patterns) =>
        Phrase.ParseLines(patterns).Select(phrase => new LeadIn(phrase, mood, isOwnAction));

    private static IEnumerable<ActionWords> Actions(ActionKind kind, string patterns) =>
        Phrase.ParseLines(patterns).Select(phrase => new ActionWords(phrase, kind));
}
