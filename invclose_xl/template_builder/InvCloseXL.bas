Attribute VB_Name = "InvCloseXL"
Option Explicit

' One Sub per button. All rules live in the Python package invclose_xl; nothing is computed here.

Public Sub CheckInventory()
    Press "check"
End Sub

Public Sub CloseInventory()
    Press "close"
End Sub

Public Sub RecalculateInventory()
    Press "recalculate"
End Sub

Public Sub ReverseClosing()
    Press "reverse"
End Sub

Public Sub ReconcileInventory()
    Press "reconcile"
End Sub

Public Sub PreviewClosing()
    Press "preview"
End Sub

Public Sub ExplainCost()
    Press "explain"
End Sub

Public Sub CompareWithExpected()
    Press "compare"
End Sub

Public Sub WhatIf()
    Press "what_if"
End Sub

Public Sub WriteVoucher()
    Press "voucher"
End Sub

Public Sub ImportExport()
    Press "import_export"
End Sub

Public Sub RemoveExamples()
    Press "remove_examples"
End Sub

Private Sub Press(ByVal Button As String)
    If IsLibreOffice() Then
        PressInLibreOffice Button
    Else
        ' Esc is left to Python, which takes back what it wrote; Excel resets this when the Sub ends.
        Application.EnableCancelKey = xlDisabled
        RunPython "import invclose_xl.macros; invclose_xl.macros." & Button & "()"
    End If
End Sub

Public Sub SaveCopyOfBook(ByVal CopyPath As String)
    ' Excel for Mac has no other way for Python to save a copy without renaming the open workbook.
    ThisWorkbook.SaveCopyAs CopyPath
End Sub

Public Sub TellWhatIsMissing()
    ' Without Windows Script Host (macOS, LibreOffice) nothing is asked here; a button then says itself what is missing.
    Dim Host As Object, Python As String, Answer As Long
    On Error GoTo NotHere
    Set Host = CreateObject("WScript.Shell")
    Python = GetConfig("INTERPRETER_WIN", "")
    If Python = "" Then Python = "python"
    Answer = Host.Run("cmd.exe /C """"" & Python & """ -c ""import sys, importlib.util as u; " & _
        "sys.exit(0 if u.find_spec('invclose_xl') and u.find_spec('xlwings') else 3)""""", 0, True)
    If Answer = 3 Then
        MsgBox "The buttons of this workbook need the package invclose-xl, and Python does not have it yet." & vbNewLine & vbNewLine & _
            "What to do: open the Command Prompt in the folder of invclose-xl (the one with README.md), enter" & vbNewLine & vbNewLine & _
            "    """ & Python & """ -m pip install "".[excel]""" & vbNewLine & vbNewLine & _
            "and open this workbook again. Until then you can fill in the sheets.", vbExclamation, "Inventory close"
    ElseIf Answer <> 0 Then
        MsgBox "The buttons of this workbook need Python, and it was not found (" & Python & ")." & vbNewLine & vbNewLine & _
            "What to do: install Python 3.11 or newer from python.org and tick 'Add python.exe to PATH'; then open the Command Prompt in the folder of invclose-xl (the one with README.md), enter" & vbNewLine & vbNewLine & _
            "    python -m pip install "".[excel]""" & vbNewLine & vbNewLine & _
            "and open this workbook again. Until then you can fill in the sheets.", vbExclamation, "Inventory close"
    End If
NotHere:
End Sub
