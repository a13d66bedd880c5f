Attribute VB_Name = "xlwings"
' In place of xlwings.bas, with which no macro of a library runs in LibreOffice: RunPython starts the same command there.

Public Function RunPython(ByVal PythonCommand As String)
    Shell Environ("INVCLOSE_XL_RUN"), 0, Replace(PythonCommand, " ", "~"), False
End Function
