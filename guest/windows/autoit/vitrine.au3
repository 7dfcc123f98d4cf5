#NoTrayIcon
; Vitrine's guest kit for those who stay with AutoIt: heartbeat, watch over the artwork, idleness, a button.
; It reads vitrine.ini beside it, the same file as vitrine.exe, which does more: it closes unwanted windows, sets the
; clock, and runs on every Windows from 95 on. One script does everything, so that nothing waits for anything else, and
; it never ends by itself. Run as a script or compiled, it makes no difference.

Opt("MustDeclareVars", 1)
Opt("TCPTimeout", 2000)
Opt("WinDetectHiddenText", 1)

Global Const $INI_FILE = @ScriptDir & "\vitrine.ini"
Global Const $LOG_FILE = @ScriptDir & "\vitrine.log"
Global Const $TOLD_AGENT = "vitrine-guest-autoit/0.1.0 (Windows " & @OSVersion & ")"
Global Const $LOOK_EVERY = 500
Global Const $CALL_TIMEOUT = 2000
Global Const $RESTART_WINDOW = 600000
Global Const $END_GRACE = 3000
Global Const $REVERT_AGAIN = 30000
Global Const $RESTORE_GAP = 5000

; A second one ends at once: the first has this title.
If WinExists("VitrineGuestAutoIt") Then Exit
AutoItWinSetTitle("VitrineGuestAutoIt")

; ---- what the INI says

Global $g_sHost, $g_iPort, $g_sExhibit, $g_iBeat
Global $g_sStart, $g_sFolder, $g_sProgram, $g_sWindow, $g_iStartWithin, $g_iGrace, $g_iHungAfter
Global $g_bFront, $g_sOnFault, $g_iRestarts, $g_iIdleAfter, $g_sAsk, $g_iEvery, $g_sPress, $g_iLogLimit
Global $g_sStamp = ""

; ---- what is known

Global $g_sPhase = "starting", $g_sFault = "", $g_hSince = TimerInit(), $g_hPhase = TimerInit(), $g_bSeen = False
Global $g_iRestarted = 0, $g_hRestarted = TimerInit(), $g_hKill = 0, $g_bKilled = False, $g_hNudge = 0
Global $g_hAsked = 0, $g_hBeat = 0, $g_hLook = 0, $g_hIni = 0, $g_hPoll = 0, $g_hIdleTry = 0, $g_hRevertTry = 0
Global $g_bTouched = False, $g_bIdleTold = False, $g_iLastIdle = 0, $g_nAhead = 0, $g_hBegun = TimerInit()
Global $g_sWord = "", $g_sLink = "", $g_hArtwork = 0, $g_hRestored = 0

ReadSettings()
Note("the script begins")
StartIfMissing()

While 1
    If IsDue($g_hIni, 2000) Then ReadSettings()
    WatchInput()
    If IsDue($g_hLook, $LOOK_EVERY) Then Look()
    If Beats() And IsDue($g_hBeat, $g_iBeat) Then Beat()
    If $g_sPhase = "asking" And IsDue($g_hRevertTry, $REVERT_AGAIN) Then AskForRevert()
    If IdleIsDue() And IsDue($g_hIdleTry, 5000) Then TellIdle()
    If $g_sAsk <> "no" And $g_sPress <> "" And IsDue($g_hPoll, $g_iEvery) Then AskForButton()
    Sleep(50)
WEnd

; True where so many milliseconds have passed since it was last true; the timer then begins anew.
Func IsDue(ByRef $hTimer, $iEvery)
    If $hTimer <> 0 Then
        If TimerDiff($hTimer) < $iEvery Then Return False
    EndIf
    $hTimer = TimerInit()
    Return True
EndFunc

; ---- the INI

Func ReadSettings()
    Local $sStamp = FileGetTime($INI_FILE, 0, 1) & "/" & FileGetSize($INI_FILE)
    If $sStamp = $g_sStamp Then Return
    $g_sStamp = $sStamp
    $g_sHost = Setting("host", "address", "192.168.122.1")
    $g_iPort = Number(Setting("host", "port", "8000"))
    $g_sExhibit = Setting("host", "exhibit", "")
    $g_iBeat = Span("host", "beat", 1000, 200)
    $g_sStart = Setting("artwork", "start", "")
    $g_sFolder = Setting("artwork", "folder", "")
    $g_sProgram = FileName(Setting("artwork", "program", ProgramOf($g_sStart)))
    $g_sWindow = Setting("artwork", "window", "")
    $g_iStartWithin = Span("artwork", "start_within", 120000, 1000)
    $g_iGrace = Span("artwork", "grace", 5000, 500)
    $g_iHungAfter = Span("artwork", "hung_after", 20000, 1000)
    $g_bFront = IsYes(Setting("artwork", "front", "yes"))
    $g_sOnFault = StringLower(Setting("artwork", "on_fault", "restart"))
    $g_iRestarts = Number(Setting("artwork", "restarts", "3"))
    $g_iIdleAfter = Span("idle", "after", 0, 0)
    $g_sAsk = StringLower(Setting("button", "ask", "no"))
    $g_iEvery = Span("button", "every", 500, 100)
    $g_sPress = Setting("button", "press", "")
    $g_iLogLimit = Number(Setting("log", "limit", "256"))
    Enter("starting")
    Note("the INI file was read")
EndFunc

; A value without the quotes around it; an empty one is none.
Func Setting($sSection, $sKey, $sDefault)
    Local $sValue = StringStripWS(IniRead($INI_FILE, $sSection, $sKey, ""), 3)
    If $sValue = "" Then Return $sDefault
    Return $sValue
EndFunc

; Milliseconds of "5 s", "2 min", "1 h", "500 ms"; a number alone is seconds. What is no span is the default.
Func Span($sSection, $sKey, $iDefault, $iLeast)
    Local $aParts = StringRegExp(Setting($sSection, $sKey, ""), "(?i)^(\d{1,6})\s*(ms|s|min|h|)$", 1)
    If @error Then Return $iDefault
    Local $iUnit = 1000
    Switch StringLower($aParts[1])
        Case "ms"
            $iUnit = 1
        Case "min"
            $iUnit = 60000
        Case "h"
            $iUnit = 3600000
    EndSwitch
    Local $iSpan = Number($aParts[0]) * $iUnit
    If $iSpan < $iLeast Then Return $iDefault
    Return $iSpan
EndFunc

Func IsYes($sValue)
    Return StringRegExp($sValue, "(?i)^(yes|on|true|1)$") = 1
EndFunc

Func ProgramOf($sCommand)
    Local $aQuoted = StringRegExp($sCommand, '^"([^"]+)"', 1)
    If Not @error Then Return FileName($aQuoted[0])
    Local $aPlain = StringRegExp($sCommand, "(?i)^(.*?\.(?:exe|com|bat|scr))(?: |$)", 1)
    If Not @error Then Return FileName($aPlain[0])
    Return FileName($sCommand)
EndFunc

; Many would write the whole path, and mean the program.
Func FileName($sPath)
    Return StringRegExpReplace($sPath, "^.*[\\/:]", "")
EndFunc

; ---- the watch

Func Look()
    Local $sFault = FaultOf()
    If $sFault <> $g_sFault Then
        ; What comes after something milder has its own time.
        If $g_sFault = "" Or $g_sFault = "another window is in front of the artwork" Then $g_hSince = TimerInit()
        $g_sFault = $sFault
        If $sFault <> "" Then Note("something is wrong: " & $sFault)
    EndIf
    If $g_sProgram <> "" Then $g_bSeen = $g_bSeen Or ProcessExists($g_sProgram) <> 0
    Switch $g_sPhase
        Case "ending"
            EndArtwork()
        Case "starting"
            If $sFault = "" Then
                Enter("well")
            ElseIf TimerDiff($g_hPhase) > $g_iStartWithin Then
                Remedy()
            ElseIf $g_bSeen And $sFault = "the artwork is not running" And TimerDiff($g_hSince) > 1000 Then
                ; It was there and is gone: that is not waited for.
                Remedy()
            ElseIf $sFault = "the artwork shows an error" And TimerDiff($g_hSince) > $g_iGrace Then
                Remedy()
            Else
                Nudge()
            EndIf
        Case "asking"
            If $sFault = "" Then Enter("well")
        Case Else
            If $sFault = "" Then
                If $g_sPhase <> "well" Then Enter("well")
            Else
                If $g_sPhase <> "ill" Then Enter("ill")
                If $sFault = "another window is in front of the artwork" Then $g_hSince = TimerInit()
                If TimerDiff($g_hSince) > Patience() Then
                    Remedy()
                Else
                    Nudge()
                EndIf
            EndIf
    EndSwitch
EndFunc

Func Patience()
    Switch $g_sFault
        Case "the artwork is not running"
            Return 1000
        Case "the artwork does not answer"
            Return $g_iHungAfter
        Case "the artwork's window is minimised"
            Return $g_iGrace + 4000
    EndSwitch
    Return $g_iGrace
EndFunc

Func FaultOf()
    If $g_sProgram = "" And $g_sWindow = "" Then Return ""
    Local $iProcess = 0
    If $g_sProgram <> "" Then
        $iProcess = ProcessExists($g_sProgram)
        If $iProcess = 0 Then Return "the artwork is not running"
    EndIf
    ; The windows themselves are looked at, and not their titles: a title may be anybody's.
    Local $aList = WinList(), $iBest = -1, $iRank
    $g_hArtwork = 0
    For $i = 1 To $aList[0][0]
        If $g_sProgram = "" Or IsProgram(WinGetProcess($aList[$i][1])) Then
            If $g_sProgram <> "" And IsDialogue($aList[$i][1]) And Not IsArtworkTitle($aList[$i][0]) Then
                If BitAND(WinGetState($aList[$i][1]), 2) Then Return "the artwork shows an error"
            ElseIf IsArtworkTitle($aList[$i][0]) Or ($g_sWindow = "" And $aList[$i][0] <> "") Then
                $iRank = BitAND(WinGetState($aList[$i][1]), 2) + (BitAND(WinGetState($aList[$i][1]), 16) = 0)
                If $iRank > $iBest Then
                    $iBest = $iRank
                    $g_hArtwork = $aList[$i][1]
                EndIf
            EndIf
        EndIf
    Next
    If $g_sWindow = "none" Then Return ""
    If $g_hArtwork = 0 Then Return "the artwork has no window"
    If IsHung($g_hArtwork) Then Return "the artwork does not answer"
    Local $iState = WinGetState($g_hArtwork)
    If BitAND($iState, 2) = 0 Then Return "the artwork's window is hidden"
    If BitAND($iState, 16) Then Return "the artwork's window is minimised"
    If $g_bFront And BitAND($iState, 8) = 0 And Not IsProgram(WinGetProcess("[ACTIVE]")) Then
        Return "another window is in front of the artwork"
    EndIf
    Return ""
EndFunc

Func IsProgram($iProcess)
    If $g_sProgram = "" Then Return False
    Local $aProcesses = ProcessList($g_sProgram)
    For $i = 1 To $aProcesses[0][0]
        If $aProcesses[$i][1] = $iProcess Then Return True
    Next
    Return False
EndFunc

Func IsArtworkTitle($sTitle)
    If $g_sWindow = "" Or $g_sWindow = "none" Then Return False
    ; Everything but * and ? stands for itself.
    Local $sPattern = StringRegExpReplace($g_sWindow, "([\\.^$|()\[\]{}+])", "\\$1")
    $sPattern = StringReplace(StringReplace($sPattern, "*", ".*"), "?", ".")
    Return StringRegExp($sTitle, "(?i)^" & $sPattern & "$") = 1
EndFunc

Func IsDialogue($hWindow)
    Local $aClass = DllCall("user32.dll", "int", "GetClassName", "hwnd", $hWindow, "str", "", "int", 64)
    If @error Then Return False
    Return $aClass[2] = "#32770"
EndFunc

Func IsHung($hWindow)
    Local $aAnswer = DllCall("user32.dll", "int", "IsHungAppWindow", "hwnd", $hWindow)
    If @error Then Return False
    Return $aAnswer[0] <> 0
EndFunc

Func Enter($sPhase)
    If $sPhase <> $g_sPhase Then Note("the artwork: " & $sPhase)
    $g_sPhase = $sPhase
    $g_hPhase = TimerInit()
    If $sPhase = "starting" Then $g_bSeen = False
    If $sPhase = "asking" Then
        $g_hAsked = TimerInit()
        $g_hRevertTry = 0
    EndIf
EndFunc

; What can be mended without ending anything.
Func Nudge()
    If $g_sFault = "the artwork's window is minimised" And IsDue($g_hNudge, 2000) Then WinSetState($g_hArtwork, "", @SW_RESTORE)
    If $g_sFault = "another window is in front of the artwork" And IsDue($g_hNudge, 5000) Then WinActivate($g_hArtwork)
EndFunc

Func Remedy()
    $g_hSince = TimerInit()
    If $g_sFault = "another window is in front of the artwork" Then
        Enter("ill")
        Return
    EndIf
    If $g_sOnFault = "tell" Then Return
    If TimerDiff($g_hRestarted) > $RESTART_WINDOW Then $g_iRestarted = 0
    If $g_iRestarted = 0 Then $g_hRestarted = TimerInit()
    $g_iRestarted += 1
    If $g_sOnFault = "revert" Or $g_sStart = "" Or $g_iRestarted > $g_iRestarts Then
        Enter("asking")
        Return
    EndIf
    If $g_sFault <> "the artwork is not running" And $g_hArtwork <> 0 Then WinClose($g_hArtwork)
    $g_hKill = TimerInit()
    $g_bKilled = False
    Enter("ending")
EndFunc

; It has three seconds to close, and is then ended by force.
Func EndArtwork()
    If $g_sProgram = "" Or ProcessExists($g_sProgram) = 0 Then
        StartArtwork()
    ElseIf TimerDiff($g_hKill) > $END_GRACE Then
        If Not $g_bKilled Then Note("the artwork is ended by force")
        $g_bKilled = True
        ProcessClose($g_sProgram)
    EndIf
EndFunc

Func StartIfMissing()
    If $g_sStart <> "" And $g_sProgram <> "" And ProcessExists($g_sProgram) = 0 Then StartArtwork()
EndFunc

Func StartArtwork()
    Note("the artwork is started")
    Run($g_sStart, $g_sFolder)
    If @error Then Note("the artwork cannot be started")
    Enter("starting")
EndFunc

; ---- idleness

Func WatchInput()
    Local $iIdle = IdleTime()
    ; After a restored snapshot the viewer connects anew, and tells the guest where its pointer is: nobody's touch.
    If $g_hRestored <> 0 And TimerDiff($g_hRestored) > 10000 Then $g_hRestored = 0
    If $iIdle < $g_iLastIdle And $g_hRestored = 0 Then
        $g_bTouched = True
        $g_bIdleTold = False
    EndIf
    $g_iLastIdle = $iIdle
EndFunc

; Milliseconds. Where Windows does not say it, 0: nobody is called idle by mistake.
Func IdleTime()
    Local $tInfo = DllStructCreate("uint;dword")
    DllStructSetData($tInfo, 1, 8)
    Local $aDone = DllCall("user32.dll", "int", "GetLastInputInfo", "ptr", DllStructGetPtr($tInfo))
    If @error Or $aDone[0] = 0 Then Return 0
    Local $aTicks = DllCall("kernel32.dll", "dword", "GetTickCount")
    If @error Then Return 0
    Local $iIdle = $aTicks[0] - DllStructGetData($tInfo, 2)
    ; The counter begins anew after 49.7 days.
    If $iIdle < 0 Then $iIdle += 4294967296
    Return $iIdle
EndFunc

; Once for each spell, and only if somebody has touched something since the snapshot was restored.
Func IdleIsDue()
    Return $g_iIdleAfter > 0 And $g_bTouched And Not $g_bIdleTold And $g_iLastIdle >= $g_iIdleAfter
EndFunc

Func TellIdle()
    Local $sAnswer = ""
    Local $iStatus = AskHost("POST", "/idle/reset?idle_duration=" & Int($g_iLastIdle / 1000), $sAnswer)
    ; Whatever was answered, it is not told again; only where nobody answered.
    If $iStatus <> 0 Then
        $g_bIdleTold = True
        Note("the host was told that nobody uses the artwork: " & $iStatus)
    EndIf
EndFunc

; ---- the host

; Not where the host was asked to put everything back and has not done so: it then misses the beats, and acts.
Func Beats()
    Return Not ($g_sPhase = "asking" And TimerDiff($g_hAsked) > $REVERT_AGAIN)
EndFunc

Func Beat()
    Local $sStatus = "ill", $sAnswer = ""
    If $g_sPhase = "well" Then $sStatus = "ok"
    If $g_sPhase = "starting" Or $g_sPhase = "ending" Then $sStatus = "starting"
    Local $sPath = "/heartbeat?status=" & $sStatus
    If $g_sFault <> "" Then $sPath &= "&message=" & Escaped($g_sFault)
    Local $iStatus = AskHost("POST", $sPath, $sAnswer)
    Local $sLink = "the host does not answer"
    If $iStatus = 200 Then $sLink = "the host answers"
    If $iStatus <> 200 And $iStatus <> 0 Then $sLink = "the host refuses heartbeats: " & $iStatus
    If $sLink <> $g_sLink Then Note($sLink)
    $g_sLink = $sLink
    Local $aTime = StringRegExp($sAnswer, '"host_time"\s*:\s*(\d+\.?\d*)', 1)
    If Not @error Then HostTime(Number($aTime[0]) * 1000)
EndFunc

; A restored snapshot knows nothing of it; but the host's time has gone on while this script's stood still. What was
; touched before is in the snapshot, and would have an empty museum put its artwork back all night.
Func HostTime($nHost)
    Local $nAhead = $nHost - TimerDiff($g_hBegun)
    If $g_nAhead <> 0 And $nAhead > $g_nAhead + $RESTORE_GAP Then
        Note("a snapshot was restored")
        $g_bTouched = False
        $g_hRestored = TimerInit()
        $g_sWord = ""
    EndIf
    $g_nAhead = $nAhead
EndFunc

Func AskForRevert()
    Local $sAnswer = ""
    Local $iStatus = AskHost("POST", "/revert/request?severity=high&reason=" & Escaped($g_sFault), $sAnswer)
    Note("the host was asked to put everything back: " & $iStatus)
EndFunc

; A press is what changes from off to on; what is on at the first answer is none.
Func AskForButton()
    Local $sAnswer = "", $iStatus
    If $g_sAsk = "button" Then
        $iStatus = AskHost("POST", "/button-status", $sAnswer)
        If $iStatus = 200 And StringRegExp($sAnswer, '"pressed"\s*:\s*true') Then Press()
    Else
        $iStatus = AskHost("GET", "/poll/" & StringRegExpReplace($g_sAsk, "^poll +", ""), $sAnswer)
        If $iStatus <> 200 Then Return
        Local $sWord = "off"
        If StringRegExp($sAnswer, "(?i)^\s*(1|on|yes|true|pressed)\s*$") Then $sWord = "on"
        If $g_sWord = "off" And $sWord = "on" Then Press()
        $g_sWord = $sWord
    EndIf
EndFunc

Func Press()
    Local $aClick = StringRegExp($g_sPress, "(?i)^click (\d+) +(\d+)$", 1)
    If Not @error Then
        MouseClick("left", Number($aClick[0]), Number($aClick[1]), 1, 0)
        Note("the button was pressed")
        Return
    EndIf
    Local $aKey = StringRegExp($g_sPress, "(?i)^key (\w+)$", 1)
    If @error Then Return
    Send("{" & StringUpper($aKey[0]) & "}")
    Note("the button was pressed")
EndFunc

; Calls the host; 0 where it does not answer. No ping before it, which may be blocked, and no browser's functions, which
; have caches and wait for as long as they like.
Func AskHost($sMethod, $sPath, ByRef $sAnswer)
    Local $sExhibit = ""
    If $g_sExhibit <> "" Then $sExhibit = "/exhibits/" & $g_sExhibit
    TCPStartup()
    Local $iSocket = TCPConnect($g_sHost, $g_iPort)
    If @error Or $iSocket <= 0 Then Return 0
    Local $sRequest = $sMethod & " /api/v1" & $sExhibit & $sPath & " HTTP/1.0" & @CRLF & _
            "Host: " & $g_sHost & ":" & $g_iPort & @CRLF & "User-Agent: " & $TOLD_AGENT & @CRLF
    If $sMethod = "POST" Then $sRequest &= "Content-Length: 0" & @CRLF
    TCPSend($iSocket, $sRequest & "Connection: close" & @CRLF & @CRLF)
    Local $hBegun = TimerInit(), $sAll = "", $sPart
    While TimerDiff($hBegun) < $CALL_TIMEOUT
        $sPart = TCPRecv($iSocket, 4096)
        If @error Then ExitLoop
        $sAll &= $sPart
        If HasWhole($sAll) Then ExitLoop
        If $sPart = "" Then Sleep(10)
    WEnd
    TCPCloseSocket($iSocket)
    Local $aHead = StringRegExp($sAll, "^HTTP/\d\.\d (\d{3})", 1)
    If @error Then Return 0
    Local $iBody = StringInStr($sAll, @CRLF & @CRLF)
    If $iBody > 0 Then $sAnswer = StringMid($sAll, $iBody + 4)
    Return Number($aHead[0])
EndFunc

Func HasWhole($sAll)
    Local $iBody = StringInStr($sAll, @CRLF & @CRLF)
    If $iBody = 0 Then Return False
    Local $aLength = StringRegExp(StringLeft($sAll, $iBody), "(?i)\ncontent-length:\s*(\d+)", 1)
    If @error Then Return False
    Return StringLen($sAll) - $iBody - 3 >= Number($aLength[0])
EndFunc

; For the query of an address. What is not of ASCII becomes a question mark.
Func Escaped($sText)
    Local $sEscaped = "", $sLetter
    For $i = 1 To StringLen($sText)
        $sLetter = StringMid($sText, $i, 1)
        If StringRegExp($sLetter, "[A-Za-z0-9._~-]") Then
            $sEscaped &= $sLetter
        ElseIf $sLetter = " " Then
            $sEscaped &= "+"
        ElseIf AscW($sLetter) > 126 Then
            $sEscaped &= "%3F"
        Else
            $sEscaped &= "%" & Hex(AscW($sLetter), 2)
        EndIf
    Next
    Return $sEscaped
EndFunc

; ---- the log

; Two files that never have more than their limit together.
Func Note($sLine)
    If FileGetSize($LOG_FILE) > $g_iLogLimit * 512 - 300 Then FileMove($LOG_FILE, @ScriptDir & "\vitrine.old", 1)
    FileWriteLine($LOG_FILE, @YEAR & "-" & @MON & "-" & @MDAY & " " & @HOUR & ":" & @MIN & ":" & @SEC & "  " & StringLeft($sLine, 250))
EndFunc
