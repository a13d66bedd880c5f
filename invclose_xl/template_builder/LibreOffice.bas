Attribute VB_Name = "LibreOffice"

' The way of a button in LibreOffice, where xlwings has none: to the extension that "invclose-xl install-libreoffice" adds.
' No Option Explicit: GetProcessServiceManager and ThisComponent are LibreOffice's; for Excel they are variables without
' a value, in a Sub that Excel never runs.

Public Function IsLibreOffice() As Boolean
    ' Nothing but LibreOffice makes one of its own structures by this name.
    Dim Structure As Object
    On Error GoTo IsAnother
    Set Structure = CreateObject("com.sun.star.beans.PropertyValue")
    IsLibreOffice = True
IsAnother:
End Function

Public Sub PressInLibreOffice(ByVal Button As String)
    Dim Buttons As Object
    Set Buttons = GetProcessServiceManager.createInstanceWithArguments("org.invclose_xl.Buttons", Array(ThisComponent))
    If Buttons Is Nothing Then
        MsgBox "The buttons of this workbook need invclose-xl's extension for LibreOffice, which is not there yet." & vbNewLine & vbNewLine & _
            "What to do: enter this in a terminal, then start LibreOffice again:" & vbNewLine & vbNewLine & _
            "    invclose-xl install-libreoffice", vbExclamation, "Inventory close"
    Else
        Buttons.trigger Button
    End If
End Sub
